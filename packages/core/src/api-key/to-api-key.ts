import type { ApiKey } from '@incidents/contracts';
import type { ApiKeyRow } from '@incidents/db/queries/api-key/api-key-row';
import { selectKnownScopes } from './select-known-scopes.ts';

export const toApiKey = (row: ApiKeyRow): ApiKey => ({
  id: row.id,
  name: row.name,
  prefix: row.prefix,
  scopes: selectKnownScopes(row.scopes),
  created_at: row.created_at,
  expires_at: row.expires_at,
  last_used_at: row.last_used_at,
  revoked_at: row.revoked_at,
});
