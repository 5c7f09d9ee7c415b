import type { ApiKey } from '@incidents/contracts';
import { setApiKeyRevoked } from '@incidents/db/queries/api-key/set-api-key-revoked';
import type { Context } from '../context.ts';
import { ApiKeyNotFoundError } from '../errors.ts';
import { toApiKey } from './to-api-key.ts';

/** @throws ApiKeyNotFoundError */
export async function revokeApiKey({ db }: Pick<Context, 'db'>, id: number): Promise<ApiKey> {
  const row = await setApiKeyRevoked(db, id);
  if (row === undefined) throw new ApiKeyNotFoundError(id);
  return toApiKey(row);
}
