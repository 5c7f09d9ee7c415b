import { deliverJob, sendDigestJob } from '@incidents/jobs/catalog';
import { adoptAndWakeOutboxes } from '@incidents/notifications/engine/adopt-and-wake-outboxes';
import { defineTask } from './define-task.ts';

/** A job of a worker from before migration 0010: it hands its delivery over to an outbox. */
export const adoptDeliveryTask = defineTask(deliverJob, ({ delivery_id }, { context, wakeOutboxes }) =>
  adoptAndWakeOutboxes(context.db, { deliveryId: delivery_id }, wakeOutboxes),
);

export const adoptDigestTask = defineTask(
  sendDigestJob,
  ({ channel, recipient }, { context, wakeOutboxes }) =>
    adoptAndWakeOutboxes(context.db, { channel, recipient }, wakeOutboxes),
);
