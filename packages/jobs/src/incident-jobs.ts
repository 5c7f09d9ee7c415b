import {
  type IncidentPayload,
  sendEmailNotification,
  sendTelegramNotification,
  updateIncidentStatistics,
} from './catalog.ts';
import type { JobDefinition } from './define-job.ts';

/** A job as the queue takes it, but for the incident's id, which the statement that stores both adds. */
const specFor =
  (requestId: string) =>
  ({ name, maxAttempts }: JobDefinition) => ({
    identifier: name,
    max_attempts: maxAttempts,
    payload: { request_id: requestId } satisfies Omit<IncidentPayload, 'incident_id'>,
  });

/** The jobs of a new incident. */
export const jobsOfNewIncident = (requestId: string) =>
  [sendEmailNotification, sendTelegramNotification, updateIncidentStatistics].map(specFor(requestId));

/** The jobs of a change of status or source. */
export const jobsOfChangedIncident = (requestId: string) =>
  [updateIncidentStatistics].map(specFor(requestId));
