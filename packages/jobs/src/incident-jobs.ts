import { sendEmailNotification, sendTelegramNotification, updateIncidentStatistics } from './catalog.ts';
import { jobSpec } from './job-spec.ts';

/** The jobs of a new incident. The statement that queues them adds the ids to their payloads. */
export const jobsOfNewIncident = [
  sendEmailNotification,
  sendTelegramNotification,
  updateIncidentStatistics,
].map((job) => jobSpec(job, {}));

type Field = 'status' | 'source';

/** The jobs of a changed incident, each with the fields whose change it is for. */
export const jobsOfChangedIncident = [
  ...[sendEmailNotification, sendTelegramNotification].map((job) => ({
    ...jobSpec(job, {}),
    fields: ['status'] satisfies Field[],
  })),
  { ...jobSpec(updateIncidentStatistics, {}), fields: ['status', 'source'] satisfies Field[] },
];
