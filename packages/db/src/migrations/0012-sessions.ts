import { type Kysely, sql } from 'kysely';

/** Sessions of browsers. The cookie has the id; its digest is stored. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table sessions (
      digest bytea primary key,
      key_id bigint references api_keys on delete cascade,
      admin_key_digest bytea,
      created_at timestamptz(3) not null default now(),
      expires_at timestamptz(3) not null,
      check (num_nonnulls(key_id, admin_key_digest) = 1)
    )`.execute(db);
  await sql`create index sessions_expires_at on sessions (expires_at)`.execute(db);
}
