import { type RawBuilder, sql } from 'kysely';

/** A stored time may be so far ahead of the database's clock. */
const CLOCK_TOLERANCE_SECONDS = 5;

/** Whether `time`, once `now()` of the database, lies in the future: its clock was set back since. */
export const isFromFuture = (time: RawBuilder<unknown>): RawBuilder<boolean> =>
  sql`${time} > clock_timestamp() + make_interval(secs => ${sql.lit(CLOCK_TOLERANCE_SECONDS)})`;
