import { type Kysely, sql } from 'kysely';
import { commitsAsync } from '../../async-commit.ts';
import { isFromFuture } from '../../clock.ts';
import { compileOnce } from '../../compile-once.ts';
import type { Database } from '../../tables/database.ts';

export interface SendSlot {
  /** From 1 on. */
  number: number;
  /** Identifies the holder: the time differs once another worker has taken the slot. */
  heldUntil: string;
}

export interface ReturnedSlot extends SendSlot {
  freeInMs: number;
}

export interface SlotExchange {
  /** The number of slots that all workers share. */
  total: number;
  returned: ReturnedSlot[];
  /** Slots to take, at most. */
  count: number;
  /** The search begins after this slot. Those after the last taken one are mostly free. */
  after: number;
  /** A slot whose holder has crashed is free again after this time. */
  holdMs: number;
}

/**
 * Returns slots and takes free ones. If none was taken, `waitMs` is the time until one is free; it may be negative.
 * It is null when the slots have no rows. Commits asynchronously: a restart takes longer than a slot counts after a reply.
 */
export async function exchangeSendSlots(
  db: Kysely<Database>,
  { total, returned, count, after, holdMs }: SlotExchange,
): Promise<{ taken: SendSlot[]; waitMs: number | null }> {
  const { rows } = await exchangeStatement(db, total, JSON.stringify(returned), count, after, holdMs / 1_000);
  const [row] = rows;
  if (row === undefined) throw new Error('the exchange returned no row');
  return { taken: row.taken ?? [], waitMs: row.wait_ms };
}

/** Has no effect on existing slots. */
export async function createSendSlots(db: Kysely<Database>, total: number): Promise<void> {
  await sql`
    insert into telegram_turns (scope) select ${scopeOf(sql`number`)} from generate_series(1, ${total}::int) as number
    on conflict do nothing`.execute(db);
}

const scopeOf = (number: ReturnType<typeof sql>) => sql`'total ' || ${number}::text`;

const exchangeStatement = compileOnce(
  (total: number, returned: string, count: number, after: number, holdSeconds: number) => sql<{
    taken: SendSlot[] | null;
    wait_ms: number | null;
  }>`
    with returned as (
      update telegram_turns as slot set updated_at = clock_timestamp(),
        -- The column rounds to milliseconds.
        next_at = clock_timestamp() + make_interval(secs => (own."freeInMs" + 1) / 1000)
      from jsonb_to_recordset(${returned}::jsonb) as own (number int, "heldUntil" timestamptz, "freeInMs" float8)
      where slot.scope = ${scopeOf(sql`own.number`)} and slot.next_at = own."heldUntil"
    ), free as materialized (
      select slot.scope, (step + ${after}::int) % ${total}::int + 1 as number
      from generate_series(0, ${total}::int - 1) as step
      join telegram_turns as slot on slot.scope = ${scopeOf(sql`((step + ${after}::int) % ${total}::int + 1)`)}
      where slot.next_at <= clock_timestamp() or ${isFromFuture(sql`slot.updated_at`)}
      limit ${count}::int for update of slot skip locked
    ), taken as (
      update telegram_turns as slot set updated_at = clock_timestamp(),
        next_at = clock_timestamp() + make_interval(secs => ${holdSeconds}::float8)
      from free where slot.scope = free.scope
      returning free.number, slot.next_at as "heldUntil"
    )
    select (select json_agg(taken) from taken) as taken,
      case when not exists (select from taken) then (
        -- A new slot has -infinity, which PostgreSQL subtracts from version 17 on.
        select extract(epoch from min(greatest(slot.next_at, to_timestamp(0))) - clock_timestamp())::float8 * 1000
        from generate_series(1, ${total}::int) as number
        join telegram_turns as slot on slot.scope = ${scopeOf(sql`number`)}) end as wait_ms
    where ${commitsAsync}`,
);
