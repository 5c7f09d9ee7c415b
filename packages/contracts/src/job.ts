import * as z from 'zod';
import { openEnum } from './open-enum.ts';
import { idParameter, wholeNumberParameter } from './parameter.ts';
import { storableText, textOfCharacters } from './storable-text.ts';
import { time } from './time.ts';

/** Where a job stands. */
export const JobState = openEnum(['waiting', 'scheduled', 'running', 'failed', 'done'], {
  id: 'JobState',
  description:
    '`waiting`: due, a worker takes it as soon as one is free. `scheduled`: due later, also after a failed attempt. `running`: a worker has it. `failed`: its attempts are used up, `POST /jobs/{id}/retry` begins them anew. `done`: finished within the last day, and no longer in the queue.',
  example: 'waiting',
});
export type JobState = z.infer<typeof JobState>;

const taskName = () =>
  z.string().meta({ description: 'The kind of job.', example: 'send_email_notification' });
const ageSeconds = () =>
  z.int().min(0).meta({
    description:
      'Seconds since it became due; of one that is scheduled since it was queued, of one that is done since its end.',
    example: 4,
  });
const poolId = () => z.string().meta({ description: 'The pool of workers; `GET /queue` lists those alive.' });

const fields = {
  id: z.int().meta({ example: 1 }),
  task: taskName(),
  state: JobState,
  attempts: z.int().meta({ description: 'Begun runs of the current series.', example: 1 }),
  max_attempts: z.int().nullable().meta({ description: 'Null once it is done.', example: 25 }),
  age_seconds: ageSeconds(),
  incident_id: z
    .int()
    .nullable()
    .meta({ description: 'The incident that it is about; null without one.', example: 1 }),
  last_error: z.string().nullable(),
  pool_id: poolId().nullable().meta({ description: 'The pool of workers that runs it, or ran it last.' }),
  worker: z.string().nullable().meta({
    description: '`host:pid` of that pool, while it is known.',
    example: 'worker-1:7',
  }),
  run_at: time().nullable().meta({ description: 'Not before this; null once it is done.' }),
  created_at: time().nullable().meta({ description: 'When it was queued; null once it is done.' }),
  finished_at: time().nullable().meta({ description: 'When it was done.' }),
};

/** A queued run of a task. */
export const Job = z.object(fields).meta({ id: 'Job', description: 'A queued run of a task.' });
export type Job = z.infer<typeof Job>;

/** Reply of `GET /jobs`: a bare array, in the order of their ids; of those that are done the last to end first. */
export const JobList = z.array(Job);
export type JobList = z.infer<typeof JobList>;

/** One finished run of a job. Runs are remembered for a day, from a moment after their end. */
export const JobRun = z
  .object({
    attempt: z.int().meta({ example: 1 }),
    error: z.string().nullable().meta({ description: 'Why it failed; null when it did not.' }),
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
        description: 'The ids that it works on; null when they are not remembered.',
        example: { incident_id: 1, event_id: 1, request_id: '0199c2f0-6f0e-7d3a-9a53-3f1f0f6b7c11' },
      }),
    runs: z.array(JobRun).meta({
      description: 'Its finished runs of the last day, the last one first, at most a hundred.',
    }),
  })
  .meta({ id: 'JobDetails', description: 'A job, what it works on, and its runs.' });
export type JobDetails = z.infer<typeof JobDetails>;

/** Path parameters of `/jobs/{id}`. */
export const JobPath = z.object({
  id: idParameter().meta({ type: 'integer', minimum: 1, description: 'Id of the job.', example: 1 }),
});

/** Query of `GET /jobs`. */
export const ListJobsQuery = z.object({
  state: z.enum(JobState.options).optional().meta({
    description: 'Only jobs in this state. Those that are done are listed with `done` alone.',
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
    description: 'The id of the job that the list goes on behind; 0 for its beginning.',
    example: 0,
  }),
  limit: wholeNumberParameter({ minimum: 0, maximum: 1000, fallback: 100 }).meta({
    type: 'integer',
    description: 'At most how many to return.',
    example: 100,
  }),
});
export type ListJobsQuery = z.infer<typeof ListJobsQuery>;
/** What a client puts into the query string. */
export type ListJobsQueryInput = z.input<typeof ListJobsQuery>;

/** Query of `/jobs/failed`: the task whose failed jobs are meant. */
export const FailedJobsQuery = z.object({
  task: textOfCharacters(128).meta({
    maxLength: 128,
    description: 'The task whose failed jobs are meant.',
    example: 'send_email_notification',
  }),
});

/** Reply where jobs were changed: how many. */
export const JobCount = z
  .object({ jobs: z.int().min(0).meta({ description: 'How many jobs it was.', example: 1 }) })
  .meta({ id: 'JobCount', description: 'How many jobs were changed.' });
export type JobCount = z.infer<typeof JobCount>;
