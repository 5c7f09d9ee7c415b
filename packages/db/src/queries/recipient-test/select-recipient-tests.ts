import { type Kysely, sql } from 'kysely';
import type { Database } from '../../tables/database.ts';
import { type RecipientTestRow, recipientTestColumns } from './recipient-test-row.ts';

export const selectRecipientTests = (db: Kysely<Database>, ids: number[]): Promise<RecipientTestRow[]> =>
  db
    .selectFrom('recipient_tests')
    .select(recipientTestColumns)
    .where('id', '=', sql<number>`any(${ids}::bigint[])`)
    .orderBy('channel')
    .orderBy('recipient')
    .execute();
