import type { Incident, UpdateIncident } from '@incidents/contracts';
import { findOpenIncidentId } from '@incidents/db/queries/incident/find-open-incident';
import type { IncidentUpdate } from '@incidents/db/queries/incident/update-incident-rows';
import { violatesConstraint } from '@incidents/db/unavailable';
import type { WriteContext } from '../context.ts';
import { DedupKeyTakenError, IncidentNotFoundError, VersionMismatchError } from '../errors.ts';
import { getIncident } from './get-incident.ts';
import { toIncident } from './to-incident.ts';

/**
 * Changes the given fields. No fields change nothing.
 * @throws IncidentNotFoundError, VersionMismatchError, DedupKeyTakenError
 */
export async function updateIncident(
  context: WriteContext,
  id: number,
  changes: UpdateIncident,
  conditions: Pick<IncidentUpdate, 'expectedVersions' | 'onlyIfOpen'> = {},
): Promise<Incident> {
  if (Object.keys(changes).length === 0 && conditions.expectedVersions === undefined) {
    return getIncident(context, id);
  }
  const result = await writeUpdate(context, { id, changes, cause: context, ...conditions });
  if (result === undefined) throw new IncidentNotFoundError(id);
  const incident = toIncident(result.incident);
  if (result.isStale) throw new VersionMismatchError(incident);
  return incident;
}

async function writeUpdate(context: WriteContext, update: IncidentUpdate) {
  try {
    return await context.incidentWriter.update(update);
  } catch (error) {
    if (!violatesConstraint(error, 'incidents_open_dedup_key')) throw error;
    const { source, dedup_key } = await getIncident(context, update.id);
    const openId =
      dedup_key === null
        ? undefined
        : await findOpenIncidentId(context.db, { source: update.changes.source ?? source, dedup_key });
    // Closed meanwhile: the client may try again.
    throw new DedupKeyTakenError(openId ?? update.id);
  }
}
