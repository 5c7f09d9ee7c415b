import { type RawBuilder, sql } from 'kysely';

/**
 * Always true for an integer. PostgreSQL expects it of one row in 200, so a join looks rows up by index, one by one.
 * Otherwise a plan made for an empty table scans it, and keeps scanning it when it is full.
 */
export const expectFewRows = (column: string): RawBuilder<unknown> => sql`${sql.ref(column)} % 1 = 0`;
