import type { Incident, UpdateIncident } from '@incidents/contracts';
import { updateIncident as changeIncident } from '@incidents/db/queries/update-incident';
import { jobsOfChangedIncident } from '@incidents/jobs/incident-jobs';
import type { Context } from '../context.ts';
import { IncidentNotFound } from '../errors.ts';
import { getIncident } from './get-incident.ts';
import { toIncident } from './to-incident.ts';

/**
 * Changes the given fields and leaves the others. No fields change nothing.
 * @throws IncidentNotFound
 */
export async function updateIncident(
  context: Context,
  id: number,
  changes: UpdateIncident,
): Promise<Incident> {
  if (Object.keys(changes).length === 0) return getIncident(context, id);
  const row = await changeIncident(
    context.db,
    id,
    changes,
    context,
    jobsOfChangedIncident(context.requestId),
  );
  if (row === undefined) throw new IncidentNotFound(id);
  return toIncident(row);
}
