import { deliverDigest } from '@incidents/core/delivery/deliver-digest';
import { sendDigest as job } from '@incidents/jobs/catalog';
import { defineTask } from './define-task.ts';

export const sendDigest = defineTask(job, async ({ channel, recipient }, run) => {
  const incidents = await deliverDigest(run.context, { channel, recipient }, run);
  run.logger.info({ channel, recipient, incidents }, 'digest');
});
