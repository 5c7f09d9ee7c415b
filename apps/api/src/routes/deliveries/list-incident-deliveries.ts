import { DeliveryList, IncidentPath, Paging } from '@incidents/contracts';
import { listIncidentDeliveries } from '@incidents/core/delivery/list-incident-deliveries';
import { defineRoute } from '../../http/define-route.ts';
import { formatNextLink, linkHeader } from '../../http/next-page.ts';
import { jsonReply } from '../../http/reply.ts';

export const listIncidentDeliveriesRoute = defineRoute(
  {
    operationId: 'listIncidentDeliveries',
    method: 'get',
    path: '/incidents/{id}/deliveries',
    tag: 'deliveries',
    scope: 'incidents:read',
    summary: 'List the deliveries of an incident',
    description: 'One entry per event, channel and recipient, the oldest first.',
    input: { path: IncidentPath, query: Paging },
    replies: { 200: { description: 'A bare array.', schema: DeliveryList, headers: linkHeader } },
    problems: ['incident_not_found', 'unavailable'],
  },
  async ({ input: { path, query }, context }) => {
    const { deliveries, hasMore } = await listIncidentDeliveries(context, path.id, query);
    const headers: Record<string, string> = hasMore
      ? { Link: formatNextLink(`/incidents/${path.id}/deliveries`, query) }
      : {};
    return jsonReply(deliveries, headers);
  },
);
