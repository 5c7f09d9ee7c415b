import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Context } from '@incidents/core/context';
import { escalatedIncidentJobs } from '@incidents/core/incident/incident-jobs';
import {
  type EscalationOptions,
  escalateDueIncidents,
} from '@incidents/db/queries/incident/escalate-due-incidents';
import type { Logger } from '@incidents/runtime/logger';

const LOOK_INTERVAL_MS = 1_000;

/** Incidents per statement, so that no statement lasts long. */
const BATCH = 200;

export interface EscalatingOptions extends Pick<EscalationOptions, 'escalateAfterSeconds'> {
  db: Context['db'];
  logger: Logger;
}

/**
 * Escalates due incidents once a second until `signal` is aborted. Each worker does; row locks share the work.
 * An error of the database ends one look only. Logs the first error of an outage.
 */
export async function escalateIncidents(options: EscalatingOptions, signal: AbortSignal): Promise<void> {
  const { logger } = options;
  let isFailing = false;
  while (!signal.aborted) {
    try {
      await escalateAll(options, signal);
      if (isFailing) logger.info('incidents escalate again');
      isFailing = false;
    } catch (error) {
      if (!isFailing) logger.warn({ err: error }, 'no incident escalates: the database does not answer');
      isFailing = true;
    }
    await wait(LOOK_INTERVAL_MS, undefined, { signal }).catch(() => {});
  }
}

async function escalateAll(
  { db, escalateAfterSeconds, logger }: EscalatingOptions,
  signal: AbortSignal,
): Promise<void> {
  for (let incidents = BATCH; incidents === BATCH && !signal.aborted; ) {
    // Leads from a log line to the events and their jobs, as that of an HTTP request does.
    const requestId = randomUUID();
    incidents = await escalateDueIncidents(db, {
      escalateAfterSeconds,
      jobs: escalatedIncidentJobs,
      requestId,
      limit: BATCH,
    });
    if (incidents > 0) logger.info({ incidents, request_id: requestId }, 'incidents escalated');
  }
}
