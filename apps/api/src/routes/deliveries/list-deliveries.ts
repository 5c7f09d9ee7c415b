import { DeliveryList, ListDeliveriesQuery } from '@incidents/contracts';
import { listDeliveries } from '@incidents/core/delivery/list-deliveries';
import { defineRoute } from '../../http/define-route.ts';
import { formatNextLinkAfter, linkHeader } from '../../http/next-page.ts';
import { jsonReply } from '../../http/reply.ts';

export const listDeliveriesRoute = defineRoute(
  {
    operationId: 'listDeliveries',
    method: 'get',
    path: '/deliveries',
    tag: 'deliveries',
    scope: 'incidents:read',
    summary: 'List the deliveries of all incidents',
    description:
      'By id, the newest first. Filters add up: `state=failed&channel=email` lists the failed e-mails.',
    input: { query: ListDeliveriesQuery },
    replies: { 200: { description: 'A bare array.', schema: DeliveryList, headers: linkHeader } },
    problems: ['unavailable'],
  },
  async ({ input: { query }, context }) => {
    const { deliveries, hasMore } = await listDeliveries(context, query);
    const last = deliveries.at(-1);
    if (!hasMore || last === undefined) return jsonReply(deliveries);
    const { state, channel, recipient, incident_id, since } = query;
    const filters = {
      ...(state !== undefined && { state }),
      ...(channel !== undefined && { channel }),
      ...(recipient !== undefined && { recipient }),
      ...(incident_id !== undefined && { incident_id: String(incident_id) }),
      ...(since !== undefined && { since }),
    };
    return jsonReply(deliveries, {
      Link: formatNextLinkAfter('/deliveries', { after: last.id, limit: query.limit }, filters),
    });
  },
);
