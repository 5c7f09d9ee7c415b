import * as z from 'zod';
import { openEnum } from './open-enum.ts';
import { idParameter, wholeNumberParameter } from './parameter.ts';
import { storableText, textOfCharacters } from './storable-text.ts';
import { time } from './time.ts';

export const JobState = openEnum(['waiting', 'scheduled', 'running', 'failed', 'done'], {
  id: 'JobState',
  description:
    '`waiting`: due; the next free worker takes it. `scheduled`: due later, also after a failed attempt. `running`: a worker runs it. `failed`: its attempts are used up; `POST /jobs/{id}/retry` starts a new series. `done`: finished within the last day, and no longer in the queue.',
  example: 'waiting',
});
export type JobState = z.infer<typeof JobState>;

const taskName = () =>
  z.string().meta({ description: 'The kind of job.', example: 'send_email_notification' });
const ageSeconds = () =>
  z.int().min(0).meta({
    description:
      'Seconds since it became due. Of a scheduled job: since it was queued. Of a finished job: since its end.',
    example: 4,
  });
const poolId = () => z.string().meta({ description: 'The worker pool; `GET /queue` lists the living ones.' });

const fields = {
  id: z.int().meta({ example: 1 }),
  task: taskName(),
  state: JobState,
  attempts: z.int().meta({ description: 'Begun runs of the current series.', example: 1 }),
  max_attempts: z.int().nullable().meta({ description: 'Null of a finished job.', example: 25 }),
  age_seconds: ageSeconds(),
  incident_id: z
    .int()
    .nullable()
    .meta({ description: 'The incident of the job; null without one.', example: 1 }),
  last_error: z.string().nullable(),
  pool_id: poolId().nullable().meta({ description: 'The worker pool that runs it, or ran it last.' }),
  worker: z.string().nullable().meta({
    description: '`host:pid` of that pool; null when it is unknown.',
    example: 'worker-1:7',
  }),
  run_at: time().nullable().meta({ description: 'The earliest start; null of a finished job.' }),
  created_at: time().nullable().meta({ description: 'The time when it was queued; null of a finished job.' }),
  finished_at: time().nullable().meta({ description: 'The end of the job; null before it.' }),
};

export const Job = z.object(fields).meta({ id: 'Job', description: 'A queued run of a task.' });
export type Job = z.infer<typeof Job>;

/** Reply of `GET /jobs`: a bare array, by id; finished jobs by their end, the last one first. */
export const JobList = z.array(Job);
export type JobList = z.infer<typeof JobList>;

/** Runs are stored for a day, shortly after their end. */
export const JobRun = z
  .object({
    attempt: z.int().meta({ example: 1 }),
    error: z.string().nullable().meta({ description: 'The error of a failed run; null otherwise.' }),
    pool_id: poolId(),
    started_at: time(),
    finished_at: time(),
  })
  .meta({ id: 'JobRun', description: 'One finished run of a job.' });
export type JobRun = z.infer<typeof JobRun>;

/** Reply of `GET /jobs/{id}`. */
export const JobDetails = z
  .object({
    ...fields,
    payload: z
      .record(z.string(), z.unknown())
      .nullable()
      .meta({
        description: 'The ids that the job works on; null when they are not stored.',
        example: { incident_id: 1, event_id: 1, request_id: '0199c2f0-6f0e-7d3a-9a53-3f1f0f6b7c11' },
      }),
    runs: z.array(JobRun).meta({
      description: 'Its finished runs of the last day, the last one first, at most 100.',
    }),
  })
  .meta({ id: 'JobDetails', description: 'A job with its payload and its runs.' });
export type JobDetails = z.infer<typeof JobDetails>;

/** Path parameters of `/jobs/{id}`. */
export const JobPath = z.object({
  id: idParameter().meta({ type: 'integer', minimum: 1, description: 'Id of the job.', example: 1 }),
});

/** Query of `GET /jobs`. */
export const ListJobsQuery = z.object({
  state: z.enum(JobState.options).optional().meta({
    description: 'Only jobs in this state. Finished jobs are listed only with `done`.',
  }),
  task: storableText()
    .transform((value) => (value === '' ? undefined : value))
    .optional()
    .meta({
      type: 'string',
      description: 'Only jobs of exactly this task; an empty one is no filter.',
      example: 'send_email_notification',
    }),
  after: wholeNumberParameter({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, fallback: 0 }).meta({
    type: 'integer',
    description: 'Returns jobs behind the job with this id; 0 starts at the beginning.',
    example: 0,
  }),
  limit: wholeNumberParameter({ minimum: 0, maximum: 1000, fallback: 100 }).meta({
    type: 'integer',
    description: 'Maximum number of entries.',
    example: 100,
  }),
});
export type ListJobsQuery = z.infer<typeof ListJobsQuery>;
/** Before parsing. */
export type ListJobsQueryInput = z.input<typeof ListJobsQuery>;

/** Query of `/jobs/failed`. */
export const FailedJobsQuery = z.object({
  task: textOfCharacters(128).meta({
    maxLength: 128,
    description: 'The task of the failed jobs.',
    example: 'send_email_notification',
  }),
});

/** Reply of operations that change jobs. */
export const JobCount = z
  .object({ jobs: z.int().min(0).meta({ description: 'Number of changed jobs.', example: 1 }) })
  .meta({ id: 'JobCount', description: 'Number of changed jobs.' });
export type JobCount = z.infer<typeof JobCount>;
