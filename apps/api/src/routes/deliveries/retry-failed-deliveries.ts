import { DeliveryCount, FailedDeliveriesQuery } from '@incidents/contracts';
import { retryFailedDeliveries } from '@incidents/core/delivery/retry-failed-deliveries';
import { defineRoute } from '../../http/define-route.ts';
import { jsonReply } from '../../http/reply.ts';

export const retryFailedDeliveriesRoute = defineRoute(
  {
    operationId: 'retryFailedDeliveries',
    method: 'post',
    path: '/deliveries/failed/retry',
    tag: 'deliveries',
    scope: 'jobs:write',
    summary: 'Send every failed message again',
    description:
      'Starts a new series of attempts of each matching failed delivery. Without filters, all match. The reply does not wait.',
    input: { query: FailedDeliveriesQuery },
    replies: { 200: { description: 'The number of deliveries.', schema: DeliveryCount } },
    problems: ['unavailable'],
  },
  async ({ input, context }) => {
    const deliveries = await retryFailedDeliveries(context, input.query);
    return jsonReply({ deliveries } satisfies DeliveryCount);
  },
);
