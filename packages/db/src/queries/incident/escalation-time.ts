import { type RawBuilder, sql } from 'kysely';

/** The time of the next escalation; null where `periods` (JSON: severity → seconds) has none for `severity`. */
export const escalationTime = (periods: string, severity: RawBuilder<unknown>): RawBuilder<unknown> =>
  sql`now() + make_interval(secs => (${periods}::jsonb ->> ${severity})::float8)`;
