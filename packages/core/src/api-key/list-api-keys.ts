import type { ApiKey, Paging } from '@incidents/contracts';
import { selectApiKeys } from '@incidents/db/queries/api-key/select-api-keys';
import type { Context } from '../context.ts';
import { toApiKey } from './to-api-key.ts';

export async function listApiKeys(
  { db }: Pick<Context, 'db'>,
  { skip, limit }: Paging,
): Promise<{ keys: ApiKey[]; hasMore: boolean }> {
  const rows = await selectApiKeys(db, { skip, limit: limit + 1 });
  return { keys: rows.slice(0, limit).map(toApiKey), hasMore: limit > 0 && rows.length > limit };
}
