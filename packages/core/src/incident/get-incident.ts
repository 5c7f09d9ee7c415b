import type { Incident } from '@incidents/contracts';
import { findIncident } from '@incidents/db/queries/incident/find-incident';
import type { Context } from '../context.ts';
import { IncidentNotFoundError } from '../errors.ts';
import { toIncident } from './to-incident.ts';

/** @throws IncidentNotFoundError */
export async function getIncident(context: Context, id: number): Promise<Incident> {
  const row = await findIncident(context.db, id);
  if (row === undefined) throw new IncidentNotFoundError(id);
  return toIncident(row);
}
