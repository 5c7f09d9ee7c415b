import { eventually } from '@incidents/testing/eventually';
import { waitingForLock } from '@incidents/testing/postgres/backends';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { runScript } from '@incidents/testing/processes/run-script';
import { describe, expect, onTestFinished, test } from 'vitest';
import { isSchemaCurrent, QUEUE_SCHEMA_REVISION } from './is-schema-current.ts';
import { migrate } from './migrate.ts';
import { migrations } from './migrations/index.ts';
import { describeSchema } from './testing/describe-schema.ts';
import { legacyTable } from './testing/legacy-table.ts';

const fresh = useTestDatabase();
const names = Object.keys(migrations);
const migrateProcess = (url: string) =>
  runScript(new URL('./migrate-cli.ts', import.meta.url), { DATABASE_URL: url });

describe('an empty database', () => {
  const database = useTestDatabase({ empty: true });

  test('becomes current, and a second run changes nothing', async () => {
    expect(await isSchemaCurrent(database.db.kysely)).toBe(false);

    const applied: string[] = [];
    await migrate(database.url, (line) => applied.push(line));
    expect(applied).toEqual(names.map((name) => `applied migration ${name}`));
    expect(await isSchemaCurrent(database.db.kysely)).toBe(true);

    // Every change of a catalog row or of the record of migrations would change these.
    const traces = async () => [
      (await database.db.pool.query('select xmin::text, name from kysely_migration order by name')).rows,
      (await database.db.pool.query('select xmin::text, id from graphile_worker.migrations order by id'))
        .rows,
      (await database.db.pool.query('select xmin::text, oid from pg_class order by oid')).rows,
    ];
    const before = await traces();
    await migrate(database.url, (line) => applied.push(line));
    expect(await traces()).toEqual(before);
    expect(applied).toHaveLength(names.length);
  });
});

describe('migrations by six processes at once', () => {
  const database = useTestDatabase({ empty: true });

  test('succeed in all, and apply each migration once', async () => {
    const results = await Promise.all(Array.from({ length: 6 }, () => migrateProcess(database.url).ended));
    expect(results.map(({ code, stderr }) => ({ code, stderr }))).toEqual(
      Array.from({ length: 6 }, () => ({ code: 0, stderr: '' })),
    );
    const lines = results.flatMap(({ stdout }) => stdout.trim().split('\n'));
    expect(lines.filter((line) => line.startsWith('applied')).sort()).toEqual(
      names.map((name) => `applied migration ${name}`),
    );
    expect(lines.filter((line) => line === 'the schema is current')).toHaveLength(6);
    expect(await describeSchema(database.db)).toEqual(await describeSchema(fresh.db));
  });
});

describe('a database that a newer version migrated', () => {
  const database = useTestDatabase();

  test('stays unchanged and counts as current', async () => {
    const { pool, kysely } = database.db;
    await pool.query(
      `insert into kysely_migration (name, timestamp) values ('9999-of-a-later-version', '2099')`,
    );
    await pool.query(
      `insert into graphile_worker.migrations (id, breaking) values (${QUEUE_SCHEMA_REVISION + 1}, true)`,
    );
    const before = await describeSchema(database.db);
    expect(await isSchemaCurrent(kysely)).toBe(true);
    await migrate(database.url);
    const result = await migrateProcess(database.url).ended;
    expect(result).toMatchObject({ code: 0, stdout: 'the schema is current\n' });
    expect(await describeSchema(database.db)).toEqual(before);
  });
});

describe.each([
  {
    point: "in the middle of the queue's migrations",
    prepare: `create schema graphile_worker;
      create table graphile_worker.migrations (
        id int primary key, ts timestamptz default now() not null, breaking boolean default false not null
      )`,
    block: 'insert into graphile_worker.migrations (id) values (10)',
    left: 9,
  },
  {
    point: 'while it migrates the table of the legacy service',
    prepare: legacyTable(),
    block: 'lock table incidents in access share mode',
    left: QUEUE_SCHEMA_REVISION,
  },
  {
    point: 'between the first and the last of our migrations',
    prepare: legacyTable(),
    block: 'create table incident_statistics (id int)',
    left: QUEUE_SCHEMA_REVISION,
  },
])('killed $point', ({ prepare, block, left }) => {
  const database = useTestDatabase({ empty: true });

  test('the next run completes the migrations', async () => {
    const { pool, kysely } = database.db;
    await pool.query(prepare);
    const blocker = await pool.connect();
    onTestFinished(() => blocker.release(true));
    await blocker.query('begin');
    await blocker.query(block);

    const killed = migrateProcess(database.url);
    // Both: on a busy machine it can wait for a moment for something else on its way.
    await eventually(async () => {
      const { rows } = await pool.query('select max(id) as revision from graphile_worker.migrations');
      expect(rows).toEqual([{ revision: left }]);
    });
    await waitingForLock(database.db, 'incidents-migrate');
    killed.child.kill('SIGKILL');
    expect(await killed.ended).toMatchObject({ signal: 'SIGKILL' });

    expect(await isSchemaCurrent(kysely)).toBe(false);
    const { rows } = await pool.query('select max(id) as revision from graphile_worker.migrations');
    expect(rows).toEqual([{ revision: left }]);
    await blocker.query('rollback');

    // At once: a statement of the killed process may still run in the server.
    await migrate(database.url);
    expect(await isSchemaCurrent(kysely)).toBe(true);
    expect(await describeSchema(database.db)).toEqual(await describeSchema(fresh.db));
  });
});

test('exits with 1 and names an unreachable database on standard error', async () => {
  const url = new URL(fresh.url);
  url.pathname = '/incidents_test_no_such_database';
  const result = await migrateProcess(url.href).ended;
  expect(result).toMatchObject({ code: 1, stdout: '' });
  expect(result.stderr).toContain('incidents_test_no_such_database');
});
