import type { NewIncidentJobSpec } from '@incidents/db/queries/incident/insert-incident';
import type { ChangeJobSpec } from '@incidents/db/queries/incident/update-incident-rows';
import type { EventJobSpec } from '@incidents/db/queries/job/job-spec';
import {
  type EventPayload,
  sendEmailNotificationJob,
  sendTelegramNotificationJob,
  updateIncidentStatisticsJob,
} from '@incidents/jobs/catalog';
import type { JobDefinition } from '@incidents/jobs/define-job';

const notifications = [sendEmailNotificationJob, sendTelegramNotificationJob].map(toEventJob);
const statistics = toEventJob(updateIncidentStatisticsJob);

export const newIncidentJobs: NewIncidentJobSpec[] = [
  ...notifications.map((job) => ({ ...job, notifies: true })),
  { ...statistics, notifies: false },
];

export const changedIncidentJobs: ChangeJobSpec[] = [
  ...notifications.map((job) => ({ ...job, fields: ['status' as const, 'severity' as const] })),
  { ...statistics, fields: ['status', 'source'] },
];

export const deletedIncidentJobs: EventJobSpec[] = [statistics];

export const escalatedIncidentJobs: EventJobSpec[] = notifications;

/** The queueing statement makes the payload of the ids of the event. */
function toEventJob({
  name,
  maxAttempts,
  priority,
}: JobDefinition<string, typeof EventPayload>): EventJobSpec {
  return { identifier: name, max_attempts: maxAttempts, ...(priority !== undefined && { priority }) };
}
