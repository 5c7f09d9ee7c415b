import { type RawBuilder, sql } from 'kysely';

/**
 * A condition that is always true. It makes the statement's own transaction commit without waiting for the disk: if
 * PostgreSQL crashes within the next 0.6 s, the statement may not have happened. For statements whose loss another
 * statement makes good.
 */
export const commitsAsync: RawBuilder<boolean> = sql`set_config('synchronous_commit', 'off', true) = 'off'`;
