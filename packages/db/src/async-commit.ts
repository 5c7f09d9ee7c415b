import { type RawBuilder, sql } from 'kysely';

/** Always true. Commits asynchronously: only for statements whose loss in a crash (0.6 s) another makes good. */
export const commitsAsync: RawBuilder<boolean> = sql`set_config('synchronous_commit', 'off', true) = 'off'`;
