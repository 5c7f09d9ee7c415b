import type { Context } from '@incidents/core/context';
import {
  BEFORE_CLOSED,
  deleteClosedIncidents,
} from '@incidents/db/queries/retention/delete-closed-incidents';
import { deleteOldDeletions } from '@incidents/db/queries/retention/delete-old-deletions';
import { deleteTraces } from '@incidents/db/queries/retention/delete-traces';
import { findOrphans } from '@incidents/db/queries/retention/find-orphans';
import { TRACE_TABLES, type TraceTable } from '@incidents/db/queries/retention/traces';
import { pruneIncidentsJob } from '@incidents/jobs/catalog';
import { defineTask } from './define-task.ts';

/** Incidents per statement, so that no statement lasts long. */
const INCIDENT_BATCH = 500;

/** Events, deliveries or messages per statement. */
const TRACE_BATCH = 5_000;

/** Less than the time limit of the job. The next run goes on. */
const MAX_RUN_MS = 240_000;

/** The id of the incident up to which the last look of this process for orphans came, by table. */
export type OrphanPositions = Map<TraceTable, number>;

export interface PrunedIncidents {
  /** Closed incidents, with all that belongs to them. */
  incidents: number;
  /** The same of incidents that were deleted before. */
  deleted: number;
  /** Incidents that left rows in other tables, for example after a deletion by hand. */
  orphans: number;
}

/**
 * Deletes incidents and their rows older than `days`; 0 keeps everything.
 * The incident goes first. Its other rows are orphans from then on, so the next run also deletes those of a killed one.
 */
export async function pruneIncidents(
  { db }: Pick<Context, 'db'>,
  { days, signal, positions }: { days: number; signal: AbortSignal; positions: OrphanPositions },
): Promise<PrunedIncidents> {
  const pruned: PrunedIncidents = { incidents: 0, deleted: 0, orphans: 0 };
  const endsAt = performance.now() + MAX_RUN_MS;
  const mayGoOn = () => days > 0 && !signal.aborted && performance.now() < endsAt;

  async function deleteAllTraces(incidentIds: number[]) {
    for (const table of incidentIds.length > 0 ? TRACE_TABLES : []) {
      let last = TRACE_BATCH;
      while (last === TRACE_BATCH && mayGoOn()) {
        last = await deleteTraces(db, { table, incidentIds, limit: TRACE_BATCH });
      }
    }
  }

  for (let after: typeof BEFORE_CLOSED | undefined = BEFORE_CLOSED; after && mayGoOn(); ) {
    const { ids, next } = await deleteClosedIncidents(db, { days, after, limit: INCIDENT_BATCH });
    await deleteAllTraces(ids);
    pruned.incidents += ids.length;
    after = next;
  }
  for (let after: number | undefined = 0; after !== undefined && mayGoOn(); ) {
    const { ids, next } = await deleteOldDeletions(db, { days, after, limit: INCIDENT_BATCH });
    await deleteAllTraces(ids);
    pruned.deleted += ids.length;
    after = next;
  }
  for (const table of TRACE_TABLES) {
    while (mayGoOn()) {
      const after = positions.get(table) ?? 0;
      const { ids, next } = await findOrphans(db, { table, after, limit: TRACE_BATCH });
      await deleteAllTraces(ids);
      pruned.orphans += ids.length;
      positions.set(table, next ?? 0);
      if (next === undefined) break;
    }
  }
  return pruned;
}

const positions: OrphanPositions = new Map();

export const pruneIncidentsTask = defineTask(
  pruneIncidentsJob,
  async (_payload, { context, logger, signal, retentionDays, updateStatistics }) => {
    const pruned = await pruneIncidents(context, { days: retentionDays, signal, positions });
    if (pruned.incidents > 0) await updateStatistics();
    logger[pruned.incidents > 0 ? 'info' : 'debug'](pruned, 'old incidents deleted');
  },
);
