import { type Kysely, sql } from 'kysely';

/** API keys and their scopes. A key is stored as its digest only. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table api_keys (
      id bigint generated always as identity primary key,
      name text not null,
      prefix text not null,
      digest bytea not null unique,
      scopes text[] not null,
      created_at timestamptz(3) not null default now(),
      expires_at timestamptz(3),
      last_used_at timestamptz(3),
      revoked_at timestamptz(3)
    )`.execute(db);
}
