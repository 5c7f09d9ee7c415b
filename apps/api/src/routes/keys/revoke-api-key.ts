import { ApiKey, ApiKeyPath } from '@incidents/contracts';
import { revokeApiKey } from '@incidents/core/api-key/revoke-api-key';
import { defineRoute } from '../../http/define-route.ts';
import { jsonReply } from '../../http/reply.ts';

export const revokeApiKeyRoute = defineRoute(
  {
    operationId: 'revokeApiKey',
    method: 'delete',
    path: '/keys/{id}',
    tag: 'keys',
    scope: 'admin',
    summary: 'Revoke a key',
    description: 'Every API process refuses the key within five seconds. It stays in the list.',
    input: { path: ApiKeyPath },
    replies: { 200: { description: 'The revoked key.', schema: ApiKey } },
    problems: ['api_key_not_found', 'unavailable'],
  },
  async ({ input, context }) => jsonReply(await revokeApiKey(context, input.path.id)),
);
