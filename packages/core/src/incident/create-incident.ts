import type { CreateIncident, Incident } from '@incidents/contracts';
import type { WriteContext } from '../context.ts';
import { toIncident } from './to-incident.ts';

/** Stores the incident, its first event and its three jobs in one statement: all of it or nothing. */
export async function createIncident(context: WriteContext, input: CreateIncident): Promise<Incident> {
  return toIncident(await context.incidentWriter.insert({ incident: input, cause: context }));
}
