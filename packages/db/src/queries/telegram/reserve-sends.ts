import { type Kysely, sql } from 'kysely';
import { commitsAsync } from '../../async-commit.ts';
import { isFromFuture } from '../../clock.ts';
import { compileOnce } from '../../compile-once.ts';
import type { Database } from '../../tables/database.ts';

/** Returns milliseconds until the first send. Commits asynchronously: a restart outlasts every interval. */
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

// A next_at set before the clock was set back is ignored.
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
