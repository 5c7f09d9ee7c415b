import { type Kysely, sql } from 'kysely';
import type { Database } from '../../tables/database.ts';
import { type ApiKeyRow, apiKeyColumns } from './api-key-row.ts';

/** A key that was revoked before keeps its time. */
export const setApiKeyRevoked = (db: Kysely<Database>, id: number): Promise<ApiKeyRow | undefined> =>
  db
    .updateTable('api_keys')
    .set({ revoked_at: sql<Date>`coalesce(revoked_at, now())` })
    .where('id', '=', id)
    .returning(apiKeyColumns)
    .executeTakeFirst();
