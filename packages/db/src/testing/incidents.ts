import type { NewIncident } from '../queries/insert-incident.ts';
import type { JobSpec } from '../queries/job-spec.ts';

/** An incident to store, for tests to which its texts do not matter. */
export const someIncident = (fields: Partial<NewIncident> = {}): NewIncident => ({
  text: 'Бот не отвечает',
  description: 'с утра',
  status: 'новый',
  source: 'operator',
  ...fields,
});

/** The job that a change queues. */
export const recount: JobSpec[] = [{ identifier: 'recount', payload: { request_id: 'r' }, max_attempts: 25 }];
