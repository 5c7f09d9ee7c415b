import * as z from 'zod';
import { defineJob } from './define-job.ts';

// Payloads are stored: a field may be added as an optional one, never renamed.

/** Id of the HTTP request that caused the job; the worker's log lines carry it. */
const request_id = z.string();
const incident_id = z.int().positive();
const channel = z.enum(['email', 'telegram']);

export const EventPayload = z.object({ incident_id, event_id: z.int().positive(), request_id });

/** Plans one delivery per recipient of the channel. */
export const sendEmailNotificationJob = defineJob({
  name: 'send_email_notification',
  payload: EventPayload,
  maxAttempts: 25,
});

export const sendTelegramNotificationJob = defineJob({
  name: 'send_telegram_notification',
  payload: EventPayload,
  maxAttempts: 25,
});

export const updateIncidentStatisticsJob = defineJob({
  name: 'update_incident_statistics',
  payload: EventPayload,
  maxAttempts: 25,
});

/** Adopts a delivery that a worker from before migration 0010 planned. */
export const deliverJob = defineJob({
  name: 'deliver',
  payload: z.object({ delivery_id: z.int().positive(), incident_id, request_id }),
  maxAttempts: 25,
});

/** Adopts a digest that a worker from before migration 0010 planned. */
export const sendDigestJob = defineJob({
  name: 'send_digest',
  payload: z.object({ channel, recipient: z.string(), request_id }),
  maxAttempts: 25,
});

/**
 * Deletes job runs, recipient tests and idempotency keys older than a day, expired sessions, and figures that no
 * reply shows.
 * Cron queues it, so it has no request id.
 */
export const pruneJobRunsJob = defineJob({
  name: 'prune_job_runs',
  payload: z.object({}),
  maxAttempts: 5,
  // One late run does the work of all, so a stopped worker leaves one job, not one per hour.
  key: 'prune_job_runs',
});

/** Deletes incidents that were closed or deleted more than `RETENTION_DAYS` ago, with all that belongs to them. */
export const pruneIncidentsJob = defineJob({
  name: 'prune_incidents',
  payload: z.object({}),
  maxAttempts: 5,
  key: 'prune_incidents',
  timeoutSeconds: 300,
});

/** Sends a test message to one recipient. A person waits for it, so it runs before other jobs. */
export const testRecipientJob = defineJob({
  name: 'test_recipient',
  payload: z.object({
    test_id: z.int().positive(),
    channel,
    recipient: z.string(),
    request_id,
  }),
  maxAttempts: 2,
  priority: -100,
  timeoutSeconds: 30,
});

/** All jobs. The worker compiles only with a task for each of them. */
export const catalog = {
  [sendEmailNotificationJob.name]: sendEmailNotificationJob,
  [sendTelegramNotificationJob.name]: sendTelegramNotificationJob,
  [updateIncidentStatisticsJob.name]: updateIncidentStatisticsJob,
  [deliverJob.name]: deliverJob,
  [sendDigestJob.name]: sendDigestJob,
  [pruneJobRunsJob.name]: pruneJobRunsJob,
  [pruneIncidentsJob.name]: pruneIncidentsJob,
  [testRecipientJob.name]: testRecipientJob,
};

export type JobName = keyof typeof catalog;
