import { type Kysely, sql } from 'kysely';
import { commitsAsync } from '../async-commit.ts';
import { isFromFuture } from '../clock.ts';
import { compileOnce } from '../compile-once.ts';
import type { Database } from '../tables/database.ts';

/**
 * Reserves the next `count` sends of a scope that all workers share. They lie `intervalMs` apart.
 * The commit does not wait for the disk: a crash takes longer than any of the intervals.
 * @returns milliseconds from the moment of the decision until the first of them
 */
export async function reserveSends(
  db: Kysely<Database>,
  scope: string,
  count: number,
  intervalMs: number,
): Promise<number> {
  const { rows } = await reserveStatement(db, scope, (count * intervalMs) / 1_000);
  const wait = rows[0]?.wait;
  if (wait === undefined) throw new Error('the reservation returned no row');
  return wait * 1_000;
}

// A time that was decided before the clock was set back would close the scope until the clock has caught up.
const reserveStatement = compileOnce(
  (scope: string, seconds: number) => sql<{ wait: number }>`
    insert into telegram_turns as turn (scope, next_at, updated_at)
    select ${scope}, clock_timestamp() + make_interval(secs => ${seconds}::float8), clock_timestamp()
    where ${commitsAsync}
    on conflict (scope) do update
    set updated_at = clock_timestamp(),
      next_at = make_interval(secs => ${seconds}::float8) + greatest(clock_timestamp(),
        case when ${isFromFuture(sql`turn.updated_at`)} then '-infinity' else turn.next_at end)
    returning greatest(0, extract(epoch from turn.next_at - turn.updated_at)::float8 - ${seconds}::float8) as wait`,
);
