import { IncidentList, ListIncidentsQuery } from '@incidents/contracts';
import { listIncidents as listIncidentsVerb } from '@incidents/core/incident/list-incidents';
import { arrayParts } from '../../http/array-parts.ts';
import { defineRoute } from '../../http/define-route.ts';
import { linkHeader, nextPage } from '../../http/next-page.ts';
import { jsonTextReply } from '../../http/reply.ts';
import type { CachedReply, StreamedReply } from '../../incident-cache.ts';

const COUNT_EXACT = /(?:^|[,;\s])count=exact(?:$|[,;\s])/i;

export const listIncidents = defineRoute(
  {
    operationId: 'listIncidents',
    method: 'get',
    path: '/incidents/',
    tag: 'incidents',
    scope: 'incidents:read',
    summary: 'List incidents',
    description: 'The newest first: by `created_at`, then by `id`, descending.',
    input: { query: ListIncidentsQuery },
    requestHeaders: {
      Prefer: '`count=exact` asks for `X-Total-Count`, which takes as long as counting them does.',
    },
    replies: {
      200: {
        description: 'A bare array.',
        schema: IncidentList,
        headers: {
          ...linkHeader,
          'X-Total-Count': 'All incidents that match; only with `Prefer: count=exact`.',
          'Preference-Applied': '`count=exact` where it was asked for.',
        },
      },
    },
    problems: ['unavailable'],
  },
  async ({ input: { query }, context, dependencies, c }) => {
    const countTotal = COUNT_EXACT.test(c.req.header('prefer') ?? '');
    const read = async (): Promise<CachedReply | StreamedReply> => {
      const { incidents, rest, hasMore, total } = await listIncidentsVerb(context, query, { countTotal });
      const filters: Record<string, string> = query.status === undefined ? {} : { status: query.status };
      const headers: Record<string, string> = {
        ...(hasMore && { Link: nextPage('/incidents/', query, filters) }),
        ...(total !== undefined && { 'X-Total-Count': String(total), 'Preference-Applied': 'count=exact' }),
      };
      return rest
        ? { parts: arrayParts(incidents, rest), headers }
        : { body: JSON.stringify(incidents), headers };
    };
    const reply = await dependencies.cache.list({ ...query, countTotal }, read);
    return 'parts' in reply
      ? dependencies.replyStreams.open({ c, context }, reply.parts, reply.headers)
      : jsonTextReply(reply.body, reply.headers);
  },
);
