import { type RawBuilder, sql } from 'kysely';

/** Seconds that a stored time may be ahead of the database's clock and is still believed. */
const CLOCK_TOLERANCE_SECONDS = 5;

/** Whether `time`, which was the database's now, is still to come: its clock has been set back since. */
export const isFromFuture = (time: RawBuilder<unknown>): RawBuilder<boolean> =>
  sql`${time} > clock_timestamp() + make_interval(secs => ${sql.lit(CLOCK_TOLERANCE_SECONDS)})`;
