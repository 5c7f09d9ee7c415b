import type { IncidentStatus } from '@incidents/contracts';
import { isStatus, STATUSES } from '../service/incident-statuses.ts';
import { type BoardIncident, compareByAge } from './board-source.ts';

type Columns = Record<IncidentStatus, BoardIncident[]>;

/** The cards of each column, the newest first; a pending card is in its new column. */
export function sortIntoColumns(
  incidents: ReadonlyMap<number, BoardIncident>,
  pending: ReadonlyMap<number, IncidentStatus>,
  search: string,
): Columns {
  const columns: Columns = { новый: [], 'в работе': [], закрыт: [] };
  const words = search.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  for (const incident of incidents.values()) {
    const status = pending.get(incident.id) ?? incident.status;
    if (!isStatus(status) || !matches(incident, words)) continue;
    columns[status].push(status === incident.status ? incident : { ...incident, status });
  }
  for (const status of STATUSES) columns[status].sort(compareByAge);
  return columns;
}

function matches({ id, text, description, source, bot, assignee }: BoardIncident, words: string[]): boolean {
  if (words.length === 0) return true;
  const content = [`№${id} #${id}`, text, description, source, bot, assignee].join('\n').toLocaleLowerCase();
  return words.every((word) => content.includes(word));
}

/** The loaded incidents with the status. */
export function countLoaded(incidents: ReadonlyMap<number, BoardIncident>, status: IncidentStatus): number {
  let count = 0;
  for (const incident of incidents.values()) if (incident.status === status) count += 1;
  return count;
}

/** The totals of the columns once the pending moves are stored. */
export function countWithPending(
  totals: Readonly<Record<IncidentStatus, number>>,
  incidents: ReadonlyMap<number, BoardIncident>,
  pending: ReadonlyMap<number, IncidentStatus>,
): Record<IncidentStatus, number> {
  const counts = { ...totals };
  for (const [id, status] of pending) {
    const before = incidents.get(id)?.status;
    if (!isStatus(before) || before === status) continue;
    counts[before] -= 1;
    counts[status] += 1;
  }
  return counts;
}
