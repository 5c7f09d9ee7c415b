import type { CreateIncident, Incident } from '@incidents/contracts';
import type { WriteContext } from '../context.ts';
import { toIncident } from './to-incident.ts';

/**
 * Stores an incident with the first line of its history and its three jobs: one statement, one commit,
 * so either all of it exists or nothing.
 */
export async function createIncident(context: WriteContext, input: CreateIncident): Promise<Incident> {
  return toIncident(await context.incidentWriter.insert({ incident: input, cause: context }));
}
