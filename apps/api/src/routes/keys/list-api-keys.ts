import { ApiKeyList, Paging } from '@incidents/contracts';
import { listApiKeys } from '@incidents/core/api-key/list-api-keys';
import { defineRoute } from '../../http/define-route.ts';
import { formatNextLink, linkHeader } from '../../http/next-page.ts';
import { jsonReply } from '../../http/reply.ts';

export const listApiKeysRoute = defineRoute(
  {
    operationId: 'listApiKeys',
    method: 'get',
    path: '/keys',
    tag: 'keys',
    scope: 'admin',
    summary: 'List keys',
    description: 'In the order of creation, including revoked and expired keys.',
    input: { query: Paging },
    replies: { 200: { description: 'A bare array.', schema: ApiKeyList, headers: linkHeader } },
    problems: ['unavailable'],
  },
  async ({ input: { query }, context }) => {
    const { keys, hasMore } = await listApiKeys(context, query);
    return jsonReply(keys, hasMore ? { Link: formatNextLink('/keys', query) } : {});
  },
);
