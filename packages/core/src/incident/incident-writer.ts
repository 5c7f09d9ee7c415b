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
 * Each commit that notifies takes one lock in PostgreSQL, so commits are what writes cost: docs/performance.md.
 *
 * When PostgreSQL refuses a statement, its writes run again one by one, so each fails by its own error alone. They do
 * not when the database is unavailable: the commit may have happened, and they would be stored twice.
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

  /** A locked incident is updated alone, and so is one that does not exist: the other updates do not wait for it. */
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
