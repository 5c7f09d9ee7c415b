import * as z from 'zod';
import { time } from './time.ts';

const count = () => z.int().min(0);
const oldestAge = () =>
  z
    .int()
    .min(0)
    .nullable()
    .meta({ description: 'The greatest `age_seconds` of these jobs; null without jobs.' });

export const QueueDepth = z
  .object({ jobs: count(), oldest_age_seconds: oldestAge() })
  .meta({ id: 'QueueDepth', description: 'The number of jobs in one state, and the age of the oldest.' });
export type QueueDepth = z.infer<typeof QueueDepth>;

export const Throughput = z
  .object({
    runs: count().meta({ description: 'Finished runs, at most the last 100,000.' }),
    failed: count().meta({ description: 'Failed runs, including those with a later attempt.' }),
    failure_rate: z.number().min(0).max(1).nullable().meta({
      description: '`failed` / `runs`; null without runs.',
      example: 0.01,
    }),
    per_second: z.number().min(0).meta({ description: '`runs` / `seconds`.', example: 1.5 }),
    seconds: z.number().min(0).meta({
      description: 'The period of the figures: an hour, or less when 100,000 runs took less.',
      example: 3600,
    }),
  })
  .meta({ id: 'Throughput', description: 'The runs of the last hour.' });
export type Throughput = z.infer<typeof Throughput>;

const depths = { waiting: QueueDepth, scheduled: QueueDepth, running: QueueDepth, failed: QueueDepth };

export const QueueTask = z
  .object({ task: z.string().meta({ example: 'send_email_notification' }), ...depths, last_hour: Throughput })
  .meta({ id: 'QueueTask', description: 'The jobs of one task.' });
export type QueueTask = z.infer<typeof QueueTask>;

export const QueueWorker = z
  .object({
    pool_id: z.string().meta({ description: 'Its id in jobs.' }),
    name: z.string().meta({ description: '`host:pid`.', example: 'worker-1:7' }),
    concurrency: z
      .int()
      .meta({ description: 'Maximum number of jobs that it runs at the same time.', example: 50 }),
    tasks: z.array(z.string()).meta({ description: 'The tasks that it runs.' }),
    started_at: time(),
    running: z
      .array(z.object({ task: z.string(), jobs: count(), oldest_age_seconds: oldestAge() }))
      .meta({ description: 'Its running jobs per task; `GET /jobs?state=running` lists each job.' }),
  })
  .meta({ id: 'QueueWorker', description: 'A living worker.' });
export type QueueWorker = z.infer<typeof QueueWorker>;

export const QueueDeliveries = z
  .object({
    pending: count().meta({ description: 'Deliveries that wait for their (next) attempt.' }),
    retrying: count().meta({ description: 'Pending deliveries with an earlier attempt.' }),
    sending: count().meta({ description: 'Deliveries that are being sent.' }),
    failed: count().meta({
      description: 'Deliveries that were given up; `GET /recipients` lists their recipients.',
    }),
    oldest_pending_age_seconds: count().nullable().meta({
      description: 'Seconds since the oldest pending one was created or retried; null if none.',
    }),
  })
  .meta({
    id: 'QueueDeliveries',
    description: 'Deliveries by state. At most 100,000 waiting and 100,000 failed ones are counted.',
  });
export type QueueDeliveries = z.infer<typeof QueueDeliveries>;

/** Reply of `GET /queue`. */
export const Queue = z
  .object({
    exact: z.boolean().meta({
      description:
        'Whether every job was counted. False from 100,000 jobs on: `waiting` to `failed`, here, per task and per worker, then count the 100,000 that were queued first.',
    }),
    ...depths,
    last_hour: Throughput,
    tasks: z.array(QueueTask).meta({ description: 'Every task with jobs or with runs in the last hour.' }),
    deliveries: QueueDeliveries,
    workers: z.array(QueueWorker),
  })
  .meta({ id: 'Queue', description: 'The state of the queue.' });
export type Queue = z.infer<typeof Queue>;
