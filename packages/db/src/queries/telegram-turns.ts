import { type Kysely, sql } from 'kysely';
import { isFromFuture } from '../clock.ts';
import type { Database } from '../tables/database.ts';
import { isoTime } from './iso-time.ts';

/** A limit: in `scope` one message leaves every `interval` milliseconds. */
export interface Limit {
  scope: string;
  interval: number;
}

/** The limits that one message is under. */
export interface TurnLimits {
  /** What all messages share. Its turns are given out ahead of time, one after the other. */
  total: Limit;
  /** What the messages to one chat share. Its turn has to have come. */
  chat: Limit;
}

/** How a turn is asked for. */
export interface TurnRequest {
  /** How far ahead a turn may be reserved, in milliseconds. */
  ahead: number;
  /** The chat's turn is the caller's already, only the one in `total` went by unused. */
  chatIsOurs?: boolean;
}

/** What the database says to somebody who asks for a turn. */
export interface Turn {
  /** Whether it is the caller's now; it begins in `wait` milliseconds. */
  taken: boolean;
  /** Milliseconds, counted from the moment that the database decided; if not taken, until it is worth asking again. */
  wait: number;
  /** How long after the question had reached it the database decided, in milliseconds. */
  decidedAfter: number;
}

/**
 * Takes the next turn under both limits. The clock is the database's, so they hold over every worker.
 *
 * The chat is never reserved ahead: a message that has to wait for its chat would keep the turn that it has
 * in `total` from everybody else. Once the chat is ready the next turn in `total` is reserved,
 * so that those who wait for it need not ask again and again.
 */
export async function takeTurn(
  db: Kysely<Database>,
  { total, chat }: TurnLimits,
  { ahead, chatIsOurs = false }: TurnRequest,
): Promise<Turn> {
  for (;;) {
    const { rows } = await sql<{ known: number; taken: number; wait: number; decided_after: number }>`
      with locked as materialized (
        select scope, next_at, updated_at from telegram_turns where scope in (${total.scope}, ${chat.scope})
        order by scope for update
      ), decision as materialized (
        -- One row, read after the locks were had, so its clock shows when it was decided.
        select clock_timestamp() as at, count(*) as known,
          max(believed) filter (where scope = ${total.scope}) as total_at,
          max(believed) filter (where scope = ${chat.scope}) as chat_at
        from locked,
          -- What a clock that was set back had decided would close the scope until it has caught up.
          lateral (select case when ${isFromFuture(sql`updated_at`)} then '-infinity' else next_at end) as turn (believed)
      ), turn as materialized (
        select *, greatest(at, total_at) as begins,
          known = 2 and (${chatIsOurs} or chat_at <= greatest(at, total_at))
            and total_at <= at + make_interval(secs => ${ahead / 1000}) as granted
        from decision
      ), taken as (
        update telegram_turns
        set next_at = greatest("limit".next_at, begins + make_interval(secs => "limit".interval / 1000)),
          updated_at = at
        from turn, lateral (values
          (${total.scope}, ${total.interval}::float8, total_at), (${chat.scope}, ${chat.interval}::float8, chat_at)
        ) as "limit" (scope, interval, next_at)
        where telegram_turns.scope = "limit".scope and turn.granted
        returning telegram_turns.scope
      )
      select known, (select count(*) from taken) as taken,
        greatest(0, case
          -- '-infinity' is the state before the first turn, and no interval can say how long ago that was.
          when granted then extract(epoch from begins - at)
          when chat_at > begins and not ${chatIsOurs} then extract(epoch from chat_at - at)
          -- When half of what may be reserved is free again: never idle, and not everybody at every free turn.
          else extract(epoch from begins - at) - ${ahead / 2000}::float8
        end * 1000)::float8 as wait,
        extract(epoch from at - statement_timestamp())::float8 * 1000 as decided_after
      from turn`.execute(db);
    const [row] = rows;
    if (row === undefined) throw new Error('the turn returned no row');
    if (row.known === 2) {
      return { taken: row.taken > 0, wait: row.wait, decidedAfter: row.decided_after };
    }
    await sql`
      insert into telegram_turns (scope) select unnest(${[chat.scope, total.scope].toSorted()}::text[])
      on conflict (scope) do nothing`.execute(db);
  }
}

/** Lets nothing leave in `scope` for the next `milliseconds`. */
export async function closeScope(db: Kysely<Database>, scope: string, milliseconds: number): Promise<void> {
  await sql`
    insert into telegram_turns as turn (scope, next_at, updated_at)
    values (${scope}, clock_timestamp() + make_interval(secs => ${milliseconds / 1000}), clock_timestamp())
    on conflict (scope) do update set updated_at = excluded.updated_at,
      next_at = case when ${isFromFuture(sql`turn.updated_at`)} then excluded.next_at
        else greatest(turn.next_at, excluded.next_at) end`.execute(db);
}

/** @returns when the next message may leave in `scope`, ISO 8601 in UTC; undefined when none ever has */
export async function scopeOpensAt(db: Kysely<Database>, scope: string): Promise<string | undefined> {
  const { rows } = await sql<{ opens_at: string }>`
    select ${isoTime('next_at')} as opens_at from telegram_turns where scope = ${scope}`.execute(db);
  return rows[0]?.opens_at;
}
