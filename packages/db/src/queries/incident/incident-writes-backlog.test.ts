import { cause, defaultPolicy, someIncident } from '@incidents/testing/fixtures/incidents';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { type Kysely, sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDb, type Db } from '../../client.ts';
import type { Database } from '../../tables/database.ts';
import { insertComment } from '../incident-event/insert-comment.ts';
import { deleteIncidentRow } from './delete-incident-row.ts';
import { findOpenIncidentId } from './find-open-incident.ts';
import { insertIncidents } from './insert-incident.ts';
import { updateIncidentRows } from './update-incident-rows.ts';

const BACKLOG = 20_000;
const WRITES = 50;
const numbers = Array.from({ length: WRITES }, (_, index) => index + 1);

// A plan changes when PostgreSQL has analyzed the tables.
describe.each([
  { analyzed: 'never', before: false, after: false },
  { analyzed: 'while the other tables were empty', before: true, after: false },
  { analyzed: 'when full', before: false, after: true },
])(`beside ${BACKLOG} open incidents and stored replies, analyzed $analyzed`, ({ before, after }) => {
  const database = useTestDatabase();
  let db: Db;

  const report = (connection: Kysely<Database>, prefix: string) =>
    insertIncidents(
      connection,
      numbers.map((number) => ({
        incident: someIncident({ dedup_key: `${prefix} ${number}` }),
        cause,
        idempotency: { key: `${prefix} ${number}`, fingerprint: 'f' },
      })),
      [],
      defaultPolicy,
    );
  const update = (connection: Kysely<Database>, text: string) =>
    updateIncidentRows(
      connection,
      numbers.map((id) => ({ id, changes: { text }, cause })),
      [],
      defaultPolicy,
    );

  beforeAll(async () => {
    db = createDb({
      url: database.url,
      poolSize: 1,
      applicationName: 'planned-on-empty-tables',
      planOnce: true,
      onConnectionError: () => {},
    });
    if (before)
      await database.db.pool.query(
        'vacuum analyze idempotency_keys, incident_events, incident_statistics_changes',
      );
    // PostgreSQL plans each statement here, before there is a row.
    await update(db.kysely, 'none');
    await insertIncidents(db.kysely, [], [], defaultPolicy);
    await report(db.kysely, 'first');
    await findOpenIncidentId(db.kysely, { source: 'operator', dedup_key: 'none' });
    await insertComment(db.kysely, comment(0));
    await deleteIncidentRow(db.kysely, { id: 0, cause }, []);
    await database.db.pool.query(`
      insert into incidents (text, description, source, dedup_key)
      select 'текст', 'описание', 'operator', 'key ' || n from generate_series(1, ${BACKLOG}) as n`);
    await database.db.pool.query(`
      insert into idempotency_keys (actor, key, fingerprint, status, reply)
      select 'tester', 'other ' || n, 'f', 201, '{}' from generate_series(1, ${BACKLOG}) as n`);
    if (after) await database.db.pool.query('analyze');
  });

  afterAll(() => db.close());

  const comment = (incidentId: number) => ({
    incidentId,
    text: 'т',
    cause,
    idempotency: { key: `comment ${incidentId}`, fingerprint: 'f' },
  });

  const rowsReadBy = (work: (connection: Kysely<Database>) => Promise<unknown>) =>
    db.kysely.transaction().execute(async (transaction) => {
      const countRows = async () => {
        const { rows } = await sql<{ rows: number }>`
          select sum(seq_tup_read + idx_tup_fetch)::int as rows from pg_stat_xact_user_tables
          where relname in ('incidents', 'idempotency_keys')`.execute(transaction);
        return rows[0]?.rows ?? 0;
      };
      // The counters may hold those of earlier transactions.
      const before = await countRows();
      await work(transaction);
      return (await countRows()) - before;
    });

  test.each([
    { name: 'new reports', work: (connection: Kysely<Database>) => report(connection, 'new') },
    { name: 'further reports', work: (connection: Kysely<Database>) => report(connection, 'key') },
    { name: 'repeated requests', work: (connection: Kysely<Database>) => report(connection, 'first') },
    { name: 'updates', work: (connection: Kysely<Database>) => update(connection, 'другой') },
  ])('$name read a few rows each', async ({ work }) => {
    expect(await rowsReadBy(work)).toBeLessThanOrEqual(10 * WRITES);
  });

  test.each([
    {
      name: 'the look for an open incident',
      work: (connection: Kysely<Database>) =>
        findOpenIncidentId(connection, { source: 'operator', dedup_key: 'key 77' }),
    },
    { name: 'a comment', work: (connection: Kysely<Database>) => insertComment(connection, comment(7)) },
    {
      name: 'a deletion',
      work: (connection: Kysely<Database>) => deleteIncidentRow(connection, { id: 8, cause }, []),
    },
  ])('$name reads a few rows', async ({ work }) => {
    expect(await rowsReadBy(work)).toBeLessThanOrEqual(10);
  });
});
