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
    summary: 'Create a key',
    description: 'Only this reply contains the key itself.',
    input: { body: CreateApiKey },
    example: { name: 'monitoring', scopes: ['incidents:write'] },
    replies: { 201: { description: 'The new key.', schema: CreatedApiKey } },
    problems: ['unavailable'],
  },
  async ({ input, context }) =>
    jsonReply(await createApiKey(context, input.body), { 'Cache-Control': 'no-store' }, 201),
);
