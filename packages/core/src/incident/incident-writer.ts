import { type BatchItem, createBatcher } from '@incidents/db/batcher';
import type { Db } from '@incidents/db/client';
import type { IncidentRow } from '@incidents/db/queries/incident/incident-row';
import { type IncidentInsert, insertIncidents } from '@incidents/db/queries/incident/insert-incident';
import {
  type IncidentUpdate,
  updateIncidentRow,
  updateIncidentRows,
} from '@incidents/db/queries/incident/update-incident-rows';
import { DatabaseTimeoutError, isRefusedValue } from '@incidents/db/unavailable';
import { ANSWER_TIMEOUT } from './answer-timeout.ts';
import { changedIncidentJobs, newIncidentJobs } from './incident-jobs.ts';

/** Writes incidents; writes that wait at the same time share one statement and one commit. */
export interface IncidentWriter {
  /** @returns the incident once it is committed, with its history and its jobs */
  insert(insert: IncidentInsert): Promise<IncidentRow>;
  /** @returns the incident as it is now, or undefined when there is none with this id */
  update(update: IncidentUpdate): Promise<IncidentRow | undefined>;
}

/** Two statements keep PostgreSQL at work while the API reads the results of one. With more, each carries fewer writes. */
const MAX_STATEMENTS = 2;

/** Writes in one statement. A larger statement does not lower the cost per write. */
const MAX_WRITES = 128;

/** UTF-16 units of the texts in one statement, so that small writes do not wait for many large ones. */
const MAX_TEXT_UNITS = 512 * 1_024;

const OPTIONS = {
  concurrency: MAX_STATEMENTS,
  maxItems: MAX_WRITES,
  timeout: ANSWER_TIMEOUT,
} as const;

/**
 * Commits are what writes cost: each that notifies takes one lock in PostgreSQL (docs/performance.md).
 * When PostgreSQL refuses a value, the writes of the statement run again one by one.
 * After any other error none runs again: the commit may have happened. Answered writes are not begun.
 */
export function createIncidentWriter(db: Db['kysely']): IncidentWriter {
  const insert = createBatcher<IncidentInsert, IncidentRow>(
    (takeBatch) =>
      runShared(db, takeBatch, (connection, inserts) =>
        insertIncidents(connection, inserts, newIncidentJobs),
      ),
    { ...OPTIONS, size: { of: ({ incident }) => textUnits(incident), max: MAX_TEXT_UNITS } },
  );

  /** A locked incident is updated alone, and so is one that does not exist: the other updates do not wait for it. */
  const update = createBatcher<IncidentUpdate, IncidentRow | undefined>(
    async (takeBatch) => {
      let batch: BatchItem<IncidentUpdate>[] = [];
      const take = () => {
        batch = takeBatch();
        return batch;
      };
      const results = await runShared(db, take, (connection, updates) =>
        updateIncidentRows(connection, updates, changedIncidentJobs),
      );
      return batch.map(async (entry, index) => (await results[index]) ?? updateAlone(db, entry));
    },
    {
      ...OPTIONS,
      size: { of: ({ changes }) => textUnits(changes), max: MAX_TEXT_UNITS },
      keyOf: ({ id }) => id,
    },
  );

  return { insert, update };
}

const textUnits = ({ text = '', description = '' }: { text?: string; description?: string }) =>
  text.length + description.length;

/** Takes the batch when there is a connection for it: writes that arrive until then share the statement too. */
const runShared = <Write, Result>(
  db: Db['kysely'],
  takeBatch: () => BatchItem<Write>[],
  run: (connection: Db['kysely'], writes: Write[]) => Promise<Result[]>,
): Promise<(Result | Promise<Result>)[]> =>
  db.connection().execute(async (connection) => {
    const batch = takeBatch();
    if (batch.length === 0) return [];
    try {
      return await run(
        connection,
        batch.map(({ item }) => item),
      );
    } catch (error) {
      if (batch.length === 1 || !isRefusedValue(error)) throw error;
      return batch.map((entry) =>
        runAlone(db, entry, async (own, write) => (await run(own, [write]))[0] as Result),
      );
    }
  });

const updateAlone = (db: Db['kysely'], entry: BatchItem<IncidentUpdate>) =>
  runAlone(db, entry, (connection, { id, changes, cause }) =>
    updateIncidentRow(connection, id, changes, cause, changedIncidentJobs),
  );

/** A client that was told 503 may send its write again: the first one must not be stored after the second. */
const runAlone = <Write, Result>(
  db: Db['kysely'],
  { item, isAnswered }: BatchItem<Write>,
  run: (connection: Db['kysely'], write: Write) => Promise<Result>,
): Promise<Result> =>
  db.connection().execute((connection) => {
    if (isAnswered()) throw new DatabaseTimeoutError();
    return run(connection, item);
  });
