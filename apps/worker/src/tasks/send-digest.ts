import { deliverDigest } from '@incidents/core/delivery/deliver-digest';
import { sendDigest as job } from '@incidents/jobs/catalog';
import { defineTask } from './define-task.ts';
import { logRecorded } from './log-recorded.ts';

export const sendDigest = defineTask(job, async ({ channel, recipient }, run) => {
  await deliverDigest(
    run.context,
    { channel, recipient },
    {
      ...run,
      onRecorded: (recorded, incidents) =>
        logRecorded(run.logger, recorded, { channel, recipient, incidents }),
    },
  );
});
