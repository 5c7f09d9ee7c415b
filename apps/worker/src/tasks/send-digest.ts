import { sendDigestJob } from '@incidents/jobs/catalog';
import { adoptAndWakeOutboxes } from '@incidents/notifications/engine/adopt-and-wake-outboxes';
import { defineTask } from './define-task.ts';

/** Adopts the deliveries of a digest that a worker from before migration 0010 queued. */
export const sendDigestTask = defineTask(sendDigestJob, ({ channel, recipient }, { context, wakeOutboxes }) =>
  adoptAndWakeOutboxes(context.db, { channel, recipient }, wakeOutboxes),
);
