import { type BatchItem, createBatcher } from '@incidents/db/batcher';
import type { Db } from '@incidents/db/client';
import { type Connection, withConnection } from '@incidents/db/connection';
import {
  type IncidentInsert,
  type InsertResult,
  insertIncident,
  insertIncidents,
} from '@incidents/db/queries/incident/insert-incident';
import type { NotificationPolicy } from '@incidents/db/queries/incident/new-incident';
import {
  type IncidentUpdate,
  type UpdateResult,
  updateIncidentRow,
  updateIncidentRows,
} from '@incidents/db/queries/incident/update-incident-rows';
import { DatabaseTimeoutError, isRefusedValue, violatesConstraint } from '@incidents/db/unavailable';
import { ANSWER_TIMEOUT } from './answer-timeout.ts';
import { changedIncidentJobs, newIncidentJobs } from './incident-jobs.ts';

/** Writes incidents; writes that wait at the same time share one statement and one commit. */
export interface IncidentWriter {
  /** @returns the incident once it is committed, with its history and its jobs */
  insert(insert: IncidentInsert): Promise<InsertResult>;
  /**
   * @returns the incident as it is now, or undefined when there is none with this id
   * @throws pg's violation of `incidents_open_dedup_key` when another open incident has the source and key
   */
  update(update: IncidentUpdate): Promise<UpdateResult | undefined>;
}

/** PostgreSQL runs one while the API reads the results of the other. With more, each carries fewer writes. */
const MAX_STATEMENTS = 2;

/** Writes in one statement. A larger statement does not lower the cost per write. */
const MAX_WRITES = 128;

/** A larger statement has at most half of the waiting and running writes: PostgreSQL works while the API answers. */
const SPLIT_ABOVE = 16;

/** UTF-16 units of the texts in one statement, so that small writes do not wait for many large ones. */
const MAX_TEXT_UNITS = 512 * 1_024;

const OPTIONS = {
  concurrency: MAX_STATEMENTS,
  maxItems: MAX_WRITES,
  splitAbove: SPLIT_ABOVE,
  timeout: ANSWER_TIMEOUT,
} as const;

/** Statements of one insert whose key other transactions take meanwhile; each begins after the last one's end. */
const MAX_INSERT_ATTEMPTS = 5;

/**
 * Commits are what writes cost: each that notifies takes one lock in PostgreSQL (docs/performance.md).
 * When PostgreSQL refuses a value, the writes of the statement run again one by one.
 * So does a write whose incident or key another transaction holds: the others do not wait for it.
 * After any other error none runs again: the commit may have happened. Answered writes are not begun.
 */
export function createIncidentWriter(db: Db['kysely'], policy: NotificationPolicy): IncidentWriter {
  async function insertAlone(entry: BatchItem<IncidentInsert>): Promise<InsertResult> {
    for (let attempt = 1; attempt <= MAX_INSERT_ATTEMPTS; attempt += 1) {
      try {
        const result = await runAlone(db, entry, (connection, insert) =>
          insertIncident(connection, insert, newIncidentJobs, policy),
        );
        if (result !== undefined) return result;
      } catch (error) {
        if (!violatesConstraint(error, 'idempotency_keys_pkey')) throw error;
      }
    }
    throw new DatabaseTimeoutError();
  }

  const insert = createBatcher<IncidentInsert, InsertResult>(
    (takeBatch) =>
      runShared(db, takeBatch, {
        together: (connection, inserts) => insertIncidents(connection, inserts, newIncidentJobs, policy),
        alone: insertAlone,
      }),
    {
      ...OPTIONS,
      size: { of: ({ incident }) => textUnits(incident), max: MAX_TEXT_UNITS },
      keysOf: insertKeys,
    },
  );

  const update = createBatcher<IncidentUpdate, UpdateResult | undefined>(
    (takeBatch) =>
      runShared(db, takeBatch, {
        together: (connection, updates) =>
          updateIncidentRows(connection, updates, changedIncidentJobs, policy),
        alone: (entry) =>
          runAlone(db, entry, (connection, update) =>
            updateIncidentRow(connection, update, changedIncidentJobs, policy),
          ),
      }),
    {
      ...OPTIONS,
      size: { of: ({ changes }) => textUnits(changes), max: MAX_TEXT_UNITS },
      keysOf: ({ id }) => [id],
    },
  );

  return { insert, update };
}

const textUnits = ({ text = '', description = '' }: { text?: string; description?: string }) =>
  text.length + description.length;

function insertKeys({ incident: { source, dedup_key }, idempotency, cause }: IncidentInsert): string[] {
  const keys: string[] = [];
  if (dedup_key) keys.push(JSON.stringify(['incident', source, dedup_key]));
  if (idempotency) keys.push(JSON.stringify(['request', cause.actor, idempotency.key]));
  return keys;
}

interface Runs<Write, Result> {
  /** Undefined for a write that has to run alone. */
  together(connection: Connection, writes: Write[]): Promise<(Result | undefined)[]>;
  alone(entry: BatchItem<Write>): Promise<Result>;
}

/** Takes the batch when there is a connection for it: writes that arrive until then share the statement too. */
async function runShared<Write, Result>(
  db: Db['kysely'],
  takeBatch: () => BatchItem<Write>[],
  { together, alone }: Runs<Write, Result>,
): Promise<(Result | Promise<Result>)[]> {
  let batch: BatchItem<Write>[] = [];
  let results: (Result | undefined)[] = [];
  await withConnection(db, async (connection) => {
    batch = takeBatch();
    if (batch.length === 0) return;
    try {
      results = await together(
        connection,
        batch.map(({ item }) => item),
      );
    } catch (error) {
      if (!isRefusedValue(error)) throw error;
    }
  });
  return batch.map((entry, index) => results[index] ?? alone(entry));
}

/** A client may repeat its write after 503. The first one must not be stored after the second. */
const runAlone = <Write, Result>(
  db: Db['kysely'],
  { item, isAnswered }: BatchItem<Write>,
  run: (connection: Connection, write: Write) => Promise<Result>,
): Promise<Result> =>
  withConnection(db, (connection) => {
    if (isAnswered()) throw new DatabaseTimeoutError();
    return run(connection, item);
  });
