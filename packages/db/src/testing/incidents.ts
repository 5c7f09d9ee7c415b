import type { Cause, NewIncident } from '../queries/insert-incident.ts';
import type { ChangeJobSpec } from '../queries/update-incident.ts';

/** An incident to store, for tests to which its texts do not matter. */
export const someIncident = (fields: Partial<NewIncident> = {}): NewIncident => ({
  text: 'Бот не отвечает',
  description: 'с утра',
  status: 'новый',
  source: 'operator',
  ...fields,
});

/** Who stores or changes it. */
export const cause: Cause = { actor: 'tester', requestId: 'r' };

/** The job that a change of status or source queues. */
export const recount: ChangeJobSpec[] = [
  { identifier: 'recount', max_attempts: 25, fields: ['status', 'source'] },
];
