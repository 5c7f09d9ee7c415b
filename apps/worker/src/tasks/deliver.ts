import { deliver as deliverVerb } from '@incidents/core/delivery/deliver';
import { deliver as job } from '@incidents/jobs/catalog';
import { defineTask } from './define-task.ts';
import { logRecorded } from './log-recorded.ts';

export const deliver = defineTask(job, async ({ delivery_id, incident_id }, run) => {
  const recorded = await deliverVerb(run.context, delivery_id, { ...run, incidentId: incident_id });
  if (recorded !== undefined) logRecorded(run.logger, recorded, { delivery_id });
});
