import { filteredColumns, type IncidentFilter } from '@incidents/db/queries/incident/incident-list';
import type { UnseenEventRow } from '@incidents/db/queries/incident-event/select-unseen-events';

/**
 * Whether a reader with this filter needs the event: the incident matches now, or this event took it out of the filter.
 * A deletion is for each reader.
 */
export function matchesFilter(
  { present, before }: Pick<UnseenEventRow, 'present' | 'before'>,
  filter: IncidentFilter,
): boolean {
  const columns = filteredColumns(filter);
  return (
    present === null ||
    columns.every((column) => present[column] === filter[column]) ||
    columns.some((column) => before[column] === filter[column])
  );
}
