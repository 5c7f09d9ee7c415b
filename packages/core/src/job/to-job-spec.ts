import type { JobSpec } from '@incidents/db/queries/job/job-spec';
import type { JobDefinition, JobPayload } from '@incidents/jobs/define-job';

/** `payload` may lack the ids that the queueing statement makes; the worker checks the whole. */
export const toJobSpec = <Job extends JobDefinition>(
  { name, maxAttempts, priority, key }: Job,
  payload: Partial<JobPayload<Job>>,
): JobSpec => ({
  identifier: name,
  max_attempts: maxAttempts,
  ...(priority !== undefined && { priority }),
  ...(key !== undefined && { job_key: key }),
  payload,
});
