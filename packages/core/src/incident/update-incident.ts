import type { Incident, UpdateIncident } from '@incidents/contracts';
import type { WriteContext } from '../context.ts';
import { IncidentNotFoundError } from '../errors.ts';
import { getIncident } from './get-incident.ts';
import { toIncident } from './to-incident.ts';

/**
 * Changes the given fields. No fields change nothing.
 * @throws IncidentNotFoundError
 */
export async function updateIncident(
  context: WriteContext,
  id: number,
  changes: UpdateIncident,
): Promise<Incident> {
  if (Object.keys(changes).length === 0) return getIncident(context, id);
  const row = await context.incidentWriter.update({ id, changes, cause: context });
  if (row === undefined) throw new IncidentNotFoundError(id);
  return toIncident(row);
}
