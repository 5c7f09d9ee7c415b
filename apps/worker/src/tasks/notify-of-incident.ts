import { IncidentNotFound } from '@incidents/core/errors';
import { getIncident } from '@incidents/core/incident/get-incident';
import { logMessage } from '../channels/log.ts';
import type { Run } from './define-task.ts';

/** Renders the message about an incident as it is now and hands it to the channel's transport. */
export async function notifyOfIncident(
  incidentId: number,
  channel: 'email' | 'telegram',
  run: Run,
): Promise<void> {
  try {
    const incident = await getIncident(run.context, incidentId);
    logMessage(run.logger, channel, run.messages.newIncident(incident));
  } catch (error) {
    if (!(error instanceof IncidentNotFound)) throw error;
    // Deleted by hand since: nobody is to be told, now or at a later attempt.
    run.logger.warn('the incident no longer exists');
  }
}
