import { type Kysely, sql } from 'kysely';

/** Deliveries, and the state of Telegram that all workers share: limits, sent messages, migrated chats. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table deliveries (
      id bigint generated always as identity primary key,
      event_id bigint not null,
      incident_id bigint not null,
      channel text not null check (channel in ('email', 'telegram')),
      transport text not null check (transport in ('smtp', 'telegram', 'log')),
      recipient text not null,
      state text not null default 'pending'
        check (state in ('pending', 'sending', 'sent', 'failed', 'skipped')),
      attempts integer not null default 0,
      provider_message_id text,
      last_error text,
      next_attempt_at timestamptz(3) default now(),
      digest boolean not null default false,
      series_began_at timestamptz(3) not null default now(),
      sent_at timestamptz(3),
      created_at timestamptz(3) not null default now(),
      updated_at timestamptz(3) not null default now(),
      unique (event_id, channel, recipient)
    )`.execute(db);
  await sql`create index deliveries_incident on deliveries (incident_id, id)`.execute(db);
  // How many a recipient got lately decides whether it gets a digest.
  await sql`create index deliveries_recipient on deliveries (channel, recipient, created_at)`.execute(db);
  await sql`
    create index deliveries_digest on deliveries (channel, recipient, id)
    where digest and state in ('pending', 'sending')`.execute(db);
  await sql`
    create table telegram_messages (
      incident_id bigint not null,
      recipient text not null,
      chat text,
      message_id bigint,
      content_hash text,
      held_until timestamptz(3) not null default '-infinity',
      primary key (incident_id, recipient)
    )`.execute(db);
  await sql`
    create table telegram_chat_migrations (
      from_chat text primary key,
      to_chat text not null
    )`.execute(db);
  await sql`
    create table telegram_turns (
      scope text primary key,
      next_at timestamptz(3) not null default '-infinity'
    )`.execute(db);
}
