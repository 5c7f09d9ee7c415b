import { deliver as deliverJob, sendDigest as sendDigestJob } from '@incidents/jobs/catalog';
import { adoptDeliveries } from '@incidents/notifications/engine/adopt-deliveries';
import { defineTask } from './define-task.ts';

/** Jobs of the version before: they hand their deliveries over to outboxes. */
export const adoptDelivery = defineTask(deliverJob, ({ delivery_id }, { context, wakeOutboxes }) =>
  adoptDeliveries(context.db, { deliveryId: delivery_id }, wakeOutboxes),
);

/** The same for what gathered for a digest. */
export const adoptDigest = defineTask(sendDigestJob, ({ channel, recipient }, { context, wakeOutboxes }) =>
  adoptDeliveries(context.db, { channel, recipient }, wakeOutboxes),
);
