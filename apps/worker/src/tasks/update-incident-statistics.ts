import { updateStatistics } from '@incidents/core/statistics/update-statistics';
import { updateIncidentStatistics as job } from '@incidents/jobs/catalog';
import { defineTask } from './define-task.ts';

export const updateIncidentStatistics = defineTask(job, async (_payload, { context, logger }) => {
  const changes = await updateStatistics(context);
  logger.debug({ changes }, 'statistics are up to date');
});
