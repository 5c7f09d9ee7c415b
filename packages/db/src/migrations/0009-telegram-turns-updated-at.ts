import { type Kysely, sql } from 'kysely';

/** Tells a turn that is far ahead from one of a clock that was set back. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table telegram_turns add column updated_at timestamptz(3) not null default now()`.execute(
    db,
  );
}
