import { createBatcher } from '@incidents/db/batcher';
import type { Db } from '@incidents/db/client';
import type { IncidentRow } from '@incidents/db/queries/incident-row';
import { type IncidentInsert, insertIncidents } from '@incidents/db/queries/insert-incident';
import { type IncidentUpdate, updateIncident, updateIncidents } from '@incidents/db/queries/update-incident';
import { DatabaseTimeoutError, isUnavailable } from '@incidents/db/unavailable';
import { jobsOfChangedIncident, jobsOfNewIncident } from '@incidents/jobs/incident-jobs';

/** Writes incidents; writes that wait at the same time share one statement and one commit. */
export interface IncidentWriter {
  /** @returns the incident once it is committed, with its history and its jobs */
  insert(insert: IncidentInsert): Promise<IncidentRow>;
  /** @returns the incident as it is now, or undefined when there is none with this id */
  update(update: IncidentUpdate): Promise<IncidentRow | undefined>;
}

/** Two statements keep PostgreSQL at work while the results of one are read. More share less. */
const MAX_STATEMENTS = 2;

/** Writes in one statement. Larger ones cost each write no less. */
const MAX_WRITES = 128;

/** Milliseconds: a statement's time limit, and the margin that its error has to arrive. */
const TIMEOUT_MS = 2_200;

const OPTIONS = {
  concurrency: MAX_STATEMENTS,
  maxItems: MAX_WRITES,
  timeout: { ms: TIMEOUT_MS, error: () => new DatabaseTimeoutError() },
};

/**
 * Commits are what writes cost: PostgreSQL takes one lock for each commit that notifies. Measured with 64 connections:
 * 8,000 creates per second share statements where 780 went alone.
 *
 * A statement that PostgreSQL refuses is run again write by write, so a write fails by its own error alone. It is not
 * when the database is unavailable: then the commit may have happened, and the write would be done twice.
 */
export function createIncidentWriter(db: Db['kysely']): IncidentWriter {
  const shareOrSplit = async <Write, Result>(
    writes: Write[],
    run: (writes: Write[]) => Promise<Result[]>,
  ): Promise<(Result | Promise<Result>)[]> => {
    try {
      return await run(writes);
    } catch (error) {
      if (writes.length === 1 || isUnavailable(error)) throw error;
      return writes.map(async (write) => (await run([write]))[0] as Result);
    }
  };

  const insert = createBatcher(
    (inserts: IncidentInsert[]) =>
      shareOrSplit(inserts, (these) => insertIncidents(db, these, jobsOfNewIncident)),
    OPTIONS,
  );

  /** An incident that is locked, or does not exist, is waited for alone: nobody else's update waits for it. */
  const update = createBatcher(
    async (updates: IncidentUpdate[]) => {
      const results = await shareOrSplit(updates, (these) =>
        updateIncidents(db, these, jobsOfChangedIncident),
      );
      return results.map(async (result, index) => {
        const { id, changes, cause } = updates[index] as IncidentUpdate;
        return (await result) ?? updateIncident(db, id, changes, cause, jobsOfChangedIncident);
      });
    },
    { ...OPTIONS, keyOf: ({ id }) => id },
  );

  return { insert, update };
}
