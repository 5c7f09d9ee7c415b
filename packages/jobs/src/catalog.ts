import * as z from 'zod';
import { defineJob } from './define-job.ts';

// Payloads are stored: a field may be added as an optional one, never renamed.

/** Id of the HTTP request that caused the job; the worker's log lines carry it. */
const request_id = z.string();
const incident_id = z.int().positive();

/** What every job about one event of an incident carries. */
export const EventPayload = z.object({ incident_id, event_id: z.int().positive(), request_id });

/** Plans one delivery per recipient of the channel. */
export const sendEmailNotification = defineJob({
  name: 'send_email_notification',
  payload: EventPayload,
  maxAttempts: 25,
});

/** Plans one delivery per recipient of the channel. */
export const sendTelegramNotification = defineJob({
  name: 'send_telegram_notification',
  payload: EventPayload,
  maxAttempts: 25,
});

export const updateIncidentStatistics = defineJob({
  name: 'update_incident_statistics',
  payload: EventPayload,
  maxAttempts: 25,
});

/** However many messages wait, what a new incident leads to is planned and counted at once. */
const AFTER_THE_REST = 10;

/**
 * When a server has been away, all that waited for it comes back at once: what is new, and of a server that was not,
 * goes first.
 */
export const AFTER_FIRST_ATTEMPTS = 20;

/** Sends one message to one recipient. Its own retries are queued by the delivery's row, not by attempts. */
export const deliver = defineJob({
  name: 'deliver',
  payload: z.object({ delivery_id: z.int().positive(), incident_id, request_id }),
  maxAttempts: 25,
  priority: AFTER_THE_REST,
});

/** Sends what has gathered for one recipient during a storm. */
export const sendDigest = defineJob({
  name: 'send_digest',
  payload: z.object({ channel: z.enum(['email', 'telegram']), recipient: z.string(), request_id }),
  maxAttempts: 25,
  priority: AFTER_THE_REST,
  // One run sends the whole backlog, as fast as the recipient's limits allow.
  timeoutSeconds: 600,
});

/** Forgets the runs of jobs that are older than a day. Queued by the clock, so no request is behind it. */
export const pruneJobRuns = defineJob({
  name: 'prune_job_runs',
  payload: z.object({}),
  maxAttempts: 5,
});

/** The tasks of which every job is queued with a key: one without has been replaced by another. */
export const keyedTasks: string[] = [deliver.name, sendDigest.name, pruneJobRuns.name];

/** Every kind of job. The worker has a task for each of them, or does not compile. */
export const catalog = {
  [sendEmailNotification.name]: sendEmailNotification,
  [sendTelegramNotification.name]: sendTelegramNotification,
  [updateIncidentStatistics.name]: updateIncidentStatistics,
  [deliver.name]: deliver,
  [sendDigest.name]: sendDigest,
  [pruneJobRuns.name]: pruneJobRuns,
};

/** The name of a kind of job. */
export type JobName = keyof typeof catalog;
