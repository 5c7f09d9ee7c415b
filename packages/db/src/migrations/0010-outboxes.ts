import { type Kysely, sql } from 'kysely';

/**
 * One outbox per mailbox or chat, in place of a job per delivery. A delivery without an outbox belongs to
 * a worker from before migration 0010, which still has a job for it.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table outboxes (
      id bigint generated always as identity primary key,
      channel text not null check (channel in ('email', 'telegram')),
      address text not null,
      owner text,
      wakeups bigint not null default 0,
      due_at timestamptz not null default 'infinity',
      closed_until timestamptz(3),
      closed_at timestamptz(3),
      burst float8 not null default 0,
      burst_at timestamptz not null default now(),
      updated_at timestamptz(3) not null default now(),
      unique (channel, address)
    )`.execute(db);
  // Every message updates its outbox: without an index on what changes, and with room on the page, that is cheap.
  await sql`alter table outboxes set (fillfactor = 50)`.execute(db);

  // "not valid": the rows that are there have fewer states, so they need no look.
  await sql`
    alter table deliveries
      add column outbox_id bigint,
      drop constraint deliveries_state_check,
      add constraint deliveries_state_check
        check (state in ('pending', 'sending', 'sent', 'logged', 'failed', 'skipped')) not valid`.execute(db);
  await sql`
    create index deliveries_waiting on deliveries (outbox_id, next_attempt_at, event_id)
    where state in ('pending', 'sending')`.execute(db);
  // What gathers for a digest waits in its outbox, and an index that looks as good would be taken instead.
  await sql`drop index deliveries_digest`.execute(db);
  await sql`
    create index deliveries_failed on deliveries (channel, recipient, id) where state = 'failed'`.execute(db);

  await sql`alter table job_runs add column payload jsonb`.execute(db);

  await sql`alter table worker_pools add column recipients jsonb not null default '[]'`.execute(db);
  await sql`
    create table recipient_tests (
      id bigint generated always as identity primary key,
      channel text not null check (channel in ('email', 'telegram')),
      recipient text not null,
      ok boolean,
      detail text,
      created_at timestamptz(3) not null default now(),
      finished_at timestamptz(3)
    )`.execute(db);
}
