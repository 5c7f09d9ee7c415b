import { type Kysely, sql } from 'kysely';

/** Worker pools with their heartbeats by the database's clock. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table worker_pools (
      pool_id text primary key,
      slot integer not null unique check (slot > 0),
      name text not null,
      concurrency integer not null,
      tasks text[] not null,
      started_at timestamptz(3) not null default now(),
      heartbeat_at timestamptz(3) not null default now()
    )`.execute(db);
  await sql`alter table deliveries add column claimed_by text`.execute(db);
  await sql`alter table telegram_messages add column held_for bigint`.execute(db);
}
