import { IncidentList, ListIncidentsQuery } from '@incidents/contracts';
import { listIncidents } from '@incidents/core/incident/list-incidents';
import { encodeArrayParts } from '../../http/array-parts.ts';
import { defineRoute } from '../../http/define-route.ts';
import { listTag } from '../../http/etag.ts';
import { formatNextLink, linkHeader } from '../../http/next-page.ts';
import { jsonTextReply } from '../../http/reply.ts';
import { etagHeader, ifNoneMatchHeader, notModifiedReply } from './incident-reply.ts';

const listHeaders = {
  ...linkHeader,
  ...etagHeader,
  'X-Total-Count': 'Number of matching incidents; only with `Prefer: count=exact`.',
  'Preference-Applied': '`count=exact` if the request prefers it.',
};

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
      ...ifNoneMatchHeader,
      Prefer: '`count=exact` adds `X-Total-Count`, which takes the time of counting.',
    },
    replies: {
      ...notModifiedReply(listHeaders),
      200: {
        description: 'A bare array.',
        schema: IncidentList,
        headers: listHeaders,
      },
    },
    problems: ['unavailable'],
  },
  ({ input: { query }, context, dependencies, c }) => {
    const { db, incidentReader } = dependencies;
    const countTotal = COUNT_EXACT.test(c.req.header('prefer') ?? '');
    const { skip, limit, ...filter } = query;
    return dependencies.shareRead(`list:${JSON.stringify([query, countTotal])}`, async () => {
      const { page, versions, hasMore, total } = await listIncidents(
        { db, incidentReader },
        { filter, skip, limit },
        { countTotal },
      );
      const headers: Record<string, string> = {
        ...(hasMore && { Link: formatNextLink('/incidents/', query, filter) }),
        ...(total !== undefined && { 'X-Total-Count': String(total), 'Preference-Applied': 'count=exact' }),
      };
      return 'rest' in page
        ? {
            reply: dependencies.replyStreams.open(
              { c, context },
              encodeArrayParts(page.first, page.rest),
              headers,
            ),
            isStream: true,
          }
        : {
            reply: jsonTextReply(page.json, { ETag: listTag(versions), ...headers }),
            isStream: false,
          };
    });
  },
);
