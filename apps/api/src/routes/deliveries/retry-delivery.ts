import { Delivery, DeliveryPath } from '@incidents/contracts';
import { retryDelivery } from '@incidents/core/delivery/retry-delivery';
import { defineRoute } from '../../http/define-route.ts';
import { jsonReply } from '../../http/reply.ts';

export const retryDeliveryRoute = defineRoute(
  {
    operationId: 'retryDelivery',
    method: 'post',
    path: '/deliveries/{id}/retry',
    tag: 'deliveries',
    scope: 'jobs:write',
    summary: 'Send a failed message again, or a pending one now',
    description:
      'Starts a new series of attempts, now. The reply does not wait for it. 409 unless the delivery is `failed` or `pending`.',
    input: { path: DeliveryPath },
    replies: { 200: { description: 'The delivery, pending and due.', schema: Delivery } },
    problems: ['delivery_not_found', 'delivery_not_failed', 'unavailable'],
  },
  async ({ input, context }) => jsonReply(await retryDelivery(context, input.path.id)),
);
