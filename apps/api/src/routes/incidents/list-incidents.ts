import { IncidentList, ListIncidentsQuery } from '@incidents/contracts';
import { listIncidents as listIncidentsVerb } from '@incidents/core/incident/list-incidents';
import { defineRoute } from '../../http/define-route.ts';
import { linkHeader, nextPage } from '../../http/next-page.ts';

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
  async ({ input: { query }, context, c }) => {
    const countTotal = COUNT_EXACT.test(c.req.header('prefer') ?? '');
    const { incidents, hasMore, total } = await listIncidentsVerb(context, query, { countTotal });
    if (hasMore) {
      const filters: Record<string, string> = query.status === undefined ? {} : { status: query.status };
      c.header('Link', nextPage('/incidents/', query, filters));
    }
    if (total !== undefined) {
      c.header('X-Total-Count', String(total));
      c.header('Preference-Applied', 'count=exact');
    }
    return c.json(incidents);
  },
);
