import type { Incident, ListIncidentsQuery } from '@incidents/contracts';
import { countIncidents, listIncidents as selectIncidents } from '@incidents/db/queries/list-incidents';
import type { Context } from '../context.ts';
import { toIncident } from './to-incident.ts';

export interface IncidentListing {
  /** Newest first. */
  incidents: Incident[];
  /** Whether more follow after these. */
  hasMore: boolean;
  /** All incidents that match, on every page; undefined unless asked for: counting reads them all. */
  total: number | undefined;
}

/** One page of incidents. Whether there is a next one is found by reading one row further. */
export async function listIncidents(
  context: Context,
  query: ListIncidentsQuery,
  options: { countTotal: boolean },
): Promise<IncidentListing> {
  const [rows, total] = await Promise.all([
    selectIncidents(context.db, { status: query.status, skip: query.skip, limit: query.limit + 1 }),
    options.countTotal ? countIncidents(context.db, query.status) : undefined,
  ]);
  return {
    incidents: rows.slice(0, query.limit).map(toIncident),
    hasMore: query.limit > 0 && rows.length > query.limit,
    total,
  };
}
