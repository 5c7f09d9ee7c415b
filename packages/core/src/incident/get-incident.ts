import type { Incident } from '@incidents/contracts';
import { findIncident } from '@incidents/db/queries/incident/find-incident';
import type { Context } from '../context.ts';
import { IncidentNotFound } from '../errors.ts';
import { toIncident } from './to-incident.ts';

/** @throws IncidentNotFound */
export async function getIncident(context: Context, id: number): Promise<Incident> {
  const row = await findIncident(context.db, id);
  if (row === undefined) throw new IncidentNotFound(id);
  return toIncident(row);
}
