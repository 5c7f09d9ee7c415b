import * as z from 'zod';
import { time } from './time.ts';

const count = () => z.int().min(0);
const oldestAge = () =>
  z.int().min(0).nullable().meta({ description: 'The greatest `age_seconds` of them; null of none.' });

/** How many jobs there are in one state, and for how long. */
export const QueueDepth = z
  .object({ jobs: count(), oldest_age_seconds: oldestAge() })
  .meta({ id: 'QueueDepth', description: 'How many jobs are in one state, and the age of the oldest.' });
export type QueueDepth = z.infer<typeof QueueDepth>;

/** What was run of late. */
export const Throughput = z
  .object({
    runs: count().meta({ description: 'Finished runs, at most the last 100,000.' }),
    failed: count().meta({ description: 'How many of them failed, whether or not they were tried again.' }),
    failure_rate: z.number().min(0).max(1).nullable().meta({
      description: '`failed` / `runs`; null without runs.',
      example: 0.01,
    }),
    per_second: z.number().min(0).meta({ description: '`runs` / `seconds`.', example: 1.5 }),
    seconds: z.number().min(0).meta({
      description: 'The time that the figures are about: an hour, or less when 100,000 runs took less.',
      example: 3600,
    }),
  })
  .meta({ id: 'Throughput', description: 'The runs of the last hour.' });
export type Throughput = z.infer<typeof Throughput>;

const depths = { waiting: QueueDepth, scheduled: QueueDepth, running: QueueDepth, failed: QueueDepth };

/** The part of one task in the queue. */
export const QueueTask = z
  .object({ task: z.string().meta({ example: 'send_email_notification' }), ...depths, last_hour: Throughput })
  .meta({ id: 'QueueTask', description: 'One kind of job.' });
export type QueueTask = z.infer<typeof QueueTask>;

/** A worker that is alive. */
export const QueueWorker = z
  .object({
    pool_id: z.string().meta({ description: 'Its name in jobs.' }),
    name: z.string().meta({ description: '`host:pid`.', example: 'worker-1:7' }),
    concurrency: z.int().meta({ description: 'Jobs that it runs at the same time.', example: 50 }),
    tasks: z.array(z.string()).meta({ description: 'The tasks that it knows.' }),
    started_at: time(),
    running: z
      .array(z.object({ task: z.string(), jobs: count(), oldest_age_seconds: oldestAge() }))
      .meta({ description: 'What it runs, per task; each of the jobs is in `GET /jobs?state=running`.' }),
  })
  .meta({ id: 'QueueWorker', description: 'A worker that is alive.' });
export type QueueWorker = z.infer<typeof QueueWorker>;

/** Deliveries by state. */
export const QueueDeliveries = z
  .object({
    pending: count().meta({ description: 'Wait for their (next) attempt.' }),
    retrying: count().meta({ description: 'Those of them that have been attempted before.' }),
    sending: count().meta({ description: 'Are being sent.' }),
    failed: count().meta({ description: 'Were given up; `GET /recipients` says whose they are.' }),
    oldest_pending_age_seconds: count().nullable().meta({
      description: 'Seconds since the oldest pending one was created or retried; null if none.',
    }),
  })
  .meta({
    id: 'QueueDeliveries',
    description:
      'The messages to recipients. Of those that wait, and of those that failed, 100,000 are counted at most.',
  });
export type QueueDeliveries = z.infer<typeof QueueDeliveries>;

/** Reply of `GET /queue`. */
export const Queue = z
  .object({
    exact: z.boolean().meta({
      description:
        'Whether every job was counted. False when there are 100,000 or more: `waiting` to `failed`, here, per task and per worker, are then of the 100,000 that were queued first.',
    }),
    ...depths,
    last_hour: Throughput,
    tasks: z.array(QueueTask).meta({ description: 'Every task that has jobs, or has had runs lately.' }),
    deliveries: QueueDeliveries,
    workers: z.array(QueueWorker),
  })
  .meta({ id: 'Queue', description: 'How the queue stands.' });
export type Queue = z.infer<typeof Queue>;
