import { sendEmailNotification, sendTelegramNotification, updateIncidentStatistics } from './catalog.ts';
import { jobSpec } from './job-spec.ts';

/** The jobs of a new incident. */
export const jobsOfNewIncident = (requestId: string) =>
  [sendEmailNotification, sendTelegramNotification, updateIncidentStatistics].map((job) =>
    jobSpec(job, { request_id: requestId }),
  );

type Field = 'status' | 'source';

/** The jobs of a changed incident, each with the fields whose change it is for. */
export const jobsOfChangedIncident = (requestId: string) => [
  ...[sendEmailNotification, sendTelegramNotification].map((job) => ({
    ...jobSpec(job, { request_id: requestId }),
    fields: ['status'] satisfies Field[],
  })),
  {
    ...jobSpec(updateIncidentStatistics, { request_id: requestId }),
    fields: ['status', 'source'] satisfies Field[],
  },
];
