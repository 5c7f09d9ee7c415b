import {
  type EventPayload,
  sendEmailNotification,
  sendTelegramNotification,
  updateIncidentStatistics,
} from './catalog.ts';
import type { JobDefinition } from './define-job.ts';

const notifications = [sendEmailNotification, sendTelegramNotification].map(toEventJob);
const statistics = toEventJob(updateIncidentStatistics);

/** The jobs of a new incident. */
export const jobsOfNewIncident = [...notifications, statistics];

type Field = 'status' | 'source';

/** The jobs of a changed incident, each with the fields whose change it is for. */
export const jobsOfChangedIncident = [
  ...notifications.map((job) => ({ ...job, fields: ['status'] satisfies Field[] })),
  { ...statistics, fields: ['status', 'source'] satisfies Field[] },
];

/** A job whose payload the statement that queues it makes of the ids of the event. */
function toEventJob({ name, maxAttempts, priority }: JobDefinition<string, typeof EventPayload>) {
  return { identifier: name, max_attempts: maxAttempts, ...(priority !== undefined && { priority }) };
}
