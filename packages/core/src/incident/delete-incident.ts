import { deleteIncidentRow, type IncidentDeletion } from '@incidents/db/queries/incident/delete-incident-row';
import type { Context } from '../context.ts';
import { IncidentNotFoundError, VersionMismatchError } from '../errors.ts';
import { deletedIncidentJobs } from './incident-jobs.ts';
import { toIncident } from './to-incident.ts';

/**
 * From its commit on no other call finds the incident. Its waiting deliveries are skipped, and its `dedup_key` is free.
 * @throws IncidentNotFoundError, VersionMismatchError
 */
export async function deleteIncident(
  context: Context,
  id: number,
  conditions: Pick<IncidentDeletion, 'expectedVersions'> = {},
): Promise<void> {
  const result = await deleteIncidentRow(
    context.db,
    { id, cause: context, ...conditions },
    deletedIncidentJobs,
  );
  if (result === undefined) throw new IncidentNotFoundError(id);
  if (result.isStale) throw new VersionMismatchError(toIncident(result.incident));
}
