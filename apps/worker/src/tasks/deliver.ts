import { deliverJob } from '@incidents/jobs/catalog';
import { adoptAndWakeOutboxes } from '@incidents/notifications/engine/adopt-and-wake-outboxes';
import { defineTask } from './define-task.ts';

/** Adopts the delivery of a job that a worker from before migration 0010 queued. */
export const deliverTask = defineTask(deliverJob, ({ delivery_id }, { context, wakeOutboxes }) =>
  adoptAndWakeOutboxes(context.db, { deliveryId: delivery_id }, wakeOutboxes),
);
