import type { Kysely } from 'kysely';
import type { Database } from '../../tables/database.ts';
import { type ApiKeyRow, apiKeyColumns } from './api-key-row.ts';

export const selectApiKeys = (
  db: Kysely<Database>,
  { skip, limit }: { skip: number; limit: number },
): Promise<ApiKeyRow[]> =>
  db.selectFrom('api_keys').select(apiKeyColumns).orderBy('id').limit(limit).offset(skip).execute();
