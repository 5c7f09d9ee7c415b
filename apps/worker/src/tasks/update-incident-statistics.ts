import { updateStatistics } from '@incidents/core/statistics/update-statistics';
import { updateIncidentStatistics as job } from '@incidents/jobs/catalog';
import { defineTask } from './define-task.ts';

export const updateIncidentStatistics = defineTask(job, async (_payload, { context, logger }) => {
  const { taken, undated } = await updateStatistics(context);
  if (undated > 0) logger.warn({ changes: undated }, 'incidents without a date count for no day');
  logger.debug({ changes: taken }, 'statistics are up to date');
});
