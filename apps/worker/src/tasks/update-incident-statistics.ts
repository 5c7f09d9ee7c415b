import { updateIncidentStatisticsJob } from '@incidents/jobs/catalog';
import { defineTask } from './define-task.ts';

export const updateIncidentStatisticsTask = defineTask(
  updateIncidentStatisticsJob,
  async (_payload, { updateStatistics, logger }) => {
    const { undated } = await updateStatistics();
    if (undated > 0) logger.warn({ changes: undated }, 'incidents without a date count for no day');
  },
);
