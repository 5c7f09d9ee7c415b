import { type IncidentEvent, IncidentEventList, IncidentPath, ListEventsQuery } from '@incidents/contracts';
import { listEvents } from '@incidents/core/incident/list-events';
import { encodeArrayParts } from '../../http/array-parts.ts';
import { defineRoute } from '../../http/define-route.ts';
import { formatNextLinkAfter, linkHeader } from '../../http/next-page.ts';
import { jsonReply } from '../../http/reply.ts';

export const listIncidentEventsRoute = defineRoute(
  {
    operationId: 'listIncidentEvents',
    method: 'get',
    path: '/incidents/{id}/events',
    tag: 'incidents',
    scope: 'incidents:read',
    summary: 'Read the history of an incident',
    description:
      'The events of the incident, the oldest first unless `order` is `newest`. Events never change.',
    input: { path: IncidentPath, query: ListEventsQuery },
    replies: { 200: { description: 'A bare array.', schema: IncidentEventList, headers: linkHeader } },
    problems: ['incident_not_found', 'unavailable'],
  },
  async ({ input: { path, query }, context, dependencies, c }) => {
    const { events, rest, nextAfter } = await listEvents(context, path.id, query);
    const headers: Record<string, string> =
      nextAfter === undefined
        ? {}
        : {
            Link: formatNextLinkAfter(
              `/incidents/${path.id}/events`,
              { after: nextAfter, limit: query.limit },
              { order: query.order },
            ),
          };
    return rest
      ? dependencies.replyStreams.open(
          { c, context },
          encodeArrayParts(events.map(toJson), inJson(rest)),
          headers,
        )
      : jsonReply(events, headers);
  },
);

const toJson = (event: IncidentEvent) => JSON.stringify(event);

async function* inJson(batches: AsyncIterable<IncidentEvent[]>) {
  for await (const batch of batches) yield batch.map(toJson);
}
