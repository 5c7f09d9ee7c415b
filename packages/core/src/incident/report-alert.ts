import type { AcknowledgeAlert, Alert, ResolveAlert } from '@incidents/contracts';
import { findOpenIncidentId } from '@incidents/db/queries/incident/find-open-incident';
import type { WriteContext } from '../context.ts';
import { IncidentNotFoundError } from '../errors.ts';
import { createIncident } from './create-incident.ts';
import { updateIncident } from './update-incident.ts';

export interface ReportedAlert {
  /** Null when no incident was open for an `acknowledge` or `resolve`, which then changes nothing. */
  incidentId: number | null;
  isReplayed: boolean;
}

/**
 * @param idempotencyKey of a `trigger`; the other actions may be repeated anyway
 * @throws IdempotencyKeyReusedError, RequestInProgressError
 */
export async function reportAlert(
  context: WriteContext,
  alert: Alert,
  idempotencyKey: string | undefined,
): Promise<ReportedAlert> {
  if (alert.action !== 'trigger') {
    return { incidentId: await updateOpenIncident(context, alert), isReplayed: false };
  }
  const { action: _, ...fields } = alert;
  const { incident, isReplayed } = await createIncident(
    context,
    { ...fields, status: 'новый' },
    idempotencyKey,
  );
  return { incidentId: incident.id, isReplayed };
}

async function updateOpenIncident(
  context: WriteContext,
  alert: AcknowledgeAlert | ResolveAlert,
): Promise<number | null> {
  const id = await findOpenIncidentId(context.db, alert);
  if (id === undefined) return null;
  const status = alert.action === 'acknowledge' ? 'в работе' : 'закрыт';
  try {
    const incident = await updateIncident(context, id, { status }, { onlyIfOpen: true });
    // Otherwise it was closed meanwhile.
    return incident.status === status ? id : null;
  } catch (error) {
    // Deleted meanwhile.
    if (error instanceof IncidentNotFoundError) return null;
    throw error;
  }
}
