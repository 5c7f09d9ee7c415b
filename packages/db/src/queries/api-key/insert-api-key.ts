import type { Kysely } from 'kysely';
import type { Database } from '../../tables/database.ts';
import { type ApiKeyRow, apiKeyColumns } from './api-key-row.ts';

export const insertApiKey = (
  db: Kysely<Database>,
  key: { name: string; prefix: string; digest: Buffer; scopes: string[]; expiresAt: Date | undefined },
): Promise<ApiKeyRow> =>
  db
    .insertInto('api_keys')
    .values({
      name: key.name,
      prefix: key.prefix,
      digest: key.digest,
      scopes: key.scopes,
      expires_at: key.expiresAt ?? null,
    })
    .returning(apiKeyColumns)
    .executeTakeFirstOrThrow();
