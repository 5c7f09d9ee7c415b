import type { CreateIncident, Incident } from '@incidents/contracts';
import { insertIncident } from '@incidents/db/queries/insert-incident';
import { jobsOfNewIncident } from '@incidents/jobs/incident-jobs';
import type { Context } from '../context.ts';
import { toIncident } from './to-incident.ts';

/**
 * Stores an incident with the first line of its history and its three jobs: one statement, one commit,
 * so either all of it exists or nothing.
 */
export async function createIncident(context: Context, input: CreateIncident): Promise<Incident> {
  return toIncident(await insertIncident(context.db, input, context, jobsOfNewIncident(context.requestId)));
}
