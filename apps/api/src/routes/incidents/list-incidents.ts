import { IncidentList, ListIncidentsQuery } from '@incidents/contracts';
import { listIncidents } from '@incidents/core/incident/list-incidents';
import { arrayParts, jsonArray } from '../../http/array-parts.ts';
import { defineRoute } from '../../http/define-route.ts';
import { linkHeader, nextPage } from '../../http/next-page.ts';
import { jsonTextReply } from '../../http/reply.ts';

const COUNT_EXACT = /(?:^|[,;\s])count=exact(?:$|[,;\s])/i;

export const listIncidentsRoute = defineRoute(
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
      Prefer: '`count=exact` adds `X-Total-Count`, which takes the time of counting.',
    },
    replies: {
      200: {
        description: 'A bare array.',
        schema: IncidentList,
        headers: {
          ...linkHeader,
          'X-Total-Count': 'Number of matching incidents; only with `Prefer: count=exact`.',
          'Preference-Applied': '`count=exact` if the request prefers it.',
        },
      },
    },
    problems: ['unavailable'],
  },
  ({ input: { query }, context, dependencies, c }) => {
    const { db, incidentReader } = dependencies;
    const countTotal = COUNT_EXACT.test(c.req.header('prefer') ?? '');
    const { status, skip, limit } = query;
    return dependencies.shareRead(`list:${JSON.stringify([status, skip, limit, countTotal])}`, async () => {
      const { incidents, rest, hasMore, total } = await listIncidents({ db, incidentReader }, query, {
        countTotal,
      });
      const filters: Record<string, string> = status === undefined ? {} : { status };
      const headers: Record<string, string> = {
        ...(hasMore && { Link: nextPage('/incidents/', query, filters) }),
        ...(total !== undefined && { 'X-Total-Count': String(total), 'Preference-Applied': 'count=exact' }),
      };
      return rest
        ? {
            reply: dependencies.replyStreams.open({ c, context }, arrayParts(incidents, rest), headers),
            isStream: true,
          }
        : { reply: jsonTextReply(jsonArray(incidents), headers), isStream: false };
    });
  },
);
