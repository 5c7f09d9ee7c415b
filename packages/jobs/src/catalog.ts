import * as z from 'zod';
import { defineJob } from './define-job.ts';

/** What every job about one incident carries. Payloads are stored: a field may be added, never renamed. */
const IncidentPayload = z.object({
  incident_id: z.int().positive(),
  /** Id of the HTTP request that caused the job; the worker's log lines carry it. */
  request_id: z.string(),
});
export type IncidentPayload = z.infer<typeof IncidentPayload>;

export const sendEmailNotification = defineJob({
  name: 'send_email_notification',
  payload: IncidentPayload,
  maxAttempts: 25,
});

export const sendTelegramNotification = defineJob({
  name: 'send_telegram_notification',
  payload: IncidentPayload,
  maxAttempts: 25,
});

export const updateIncidentStatistics = defineJob({
  name: 'update_incident_statistics',
  payload: IncidentPayload,
  maxAttempts: 25,
});

/** Every kind of job. The worker has a task for each of them, or does not compile. */
export const catalog = {
  [sendEmailNotification.name]: sendEmailNotification,
  [sendTelegramNotification.name]: sendTelegramNotification,
  [updateIncidentStatistics.name]: updateIncidentStatistics,
};

/** The name of a kind of job. */
export type JobName = keyof typeof catalog;
