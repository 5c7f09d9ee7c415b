import { CreateApiKey, CreatedApiKey } from '@incidents/contracts';
import { createApiKey } from '@incidents/core/api-key/create-api-key';
import { defineRoute } from '../../http/define-route.ts';
import { jsonReply } from '../../http/reply.ts';

export const createApiKeyRoute = defineRoute(
  {
    operationId: 'createApiKey',
    method: 'post',
    path: '/keys',
    tag: 'keys',
    scope: 'admin',
    summary: 'Make a key',
    description: 'The reply is the only place where the key itself ever stands.',
    input: { body: CreateApiKey },
    example: { name: 'monitoring', scopes: ['incidents:write'] },
    replies: { 201: { description: 'The key.', schema: CreatedApiKey } },
    problems: ['unavailable'],
  },
  async ({ input, context }) =>
    jsonReply(await createApiKey(context, input.body), { 'Cache-Control': 'no-store' }, 201),
);
