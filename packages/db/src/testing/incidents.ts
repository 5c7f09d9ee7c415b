import type { IncidentRow } from '../queries/incident-row.ts';
import type { Cause, NewIncident } from '../queries/insert-incident.ts';
import type { IncidentBatch } from '../queries/list-incidents.ts';
import type { ChangeJobSpec } from '../queries/update-incident.ts';

/** An incident to store, for tests to which its texts do not matter. */
export const someIncident = (fields: Partial<NewIncident> = {}): NewIncident => ({
  text: 'Бот не отвечает',
  description: 'с утра',
  status: 'новый',
  source: 'operator',
  ...fields,
});

/** The incidents of a list, which come as JSON. */
export const parseRows = ({ rows }: Pick<IncidentBatch, 'rows'>): IncidentRow[] =>
  rows.map((json) => JSON.parse(json));

/** Who stores or changes it. */
export const cause: Cause = { actor: 'tester', requestId: 'r' };

/** The job that a change of status or source queues. */
export const recount: ChangeJobSpec[] = [
  { identifier: 'recount', max_attempts: 25, fields: ['status', 'source'] },
];
