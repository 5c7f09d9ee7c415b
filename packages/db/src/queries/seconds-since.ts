import { type RawBuilder, sql } from 'kysely';

/** Whole seconds since `time`, at least 0: clocks are set back. */
export const secondsSince = (time: RawBuilder<unknown>): RawBuilder<number> =>
  sql`greatest(0, floor(extract(epoch from now() - ${time})))::float8`;
