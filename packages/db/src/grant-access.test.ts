import { randomUUID } from 'node:crypto';
import { onServer } from '@incidents/testing/postgres/template';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { runScript } from '@incidents/testing/processes/run-script';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { createDb, type Db } from './client.ts';
import { findWriteObstacle } from './find-write-obstacle.ts';
import { grantAccess } from './grant-access.ts';

const { serverUrl } = inject('testDatabase');
const database = useTestDatabase();
/** Needs quotes as an identifier, as hosting providers' names do. */
const role = `incidents-${randomUUID()}`;
let asRole: Db;

beforeAll(async () => {
  await onServer(serverUrl, (client) =>
    client.query(`create role "${role}" login password 'only-for-tests'`),
  );
  const url = new URL(database.url);
  url.username = role;
  url.password = 'only-for-tests';
  asRole = createDb({
    url: url.href,
    poolSize: 2,
    applicationName: 'incidents-test',
    onConnectionError: () => {},
  });
});
afterAll(async () => {
  await asRole.close();
  await database.db.pool.query(`drop owned by "${role}"`);
  await onServer(serverUrl, (client) => client.query(`drop role "${role}"`));
});

const obstacle = () => findWriteObstacle(asRole.kysely);

describe('a role without any privilege', () => {
  test('lacks privileges that the error names', async () => {
    expect(await obstacle()).toMatch(/^the role has no .+, and lacks \d+ more privileges$/);
  });

  test('lacks only the policies of the queue with privileges on all tables', async () => {
    const { pool } = database.db;
    await pool.query(`
      grant usage on schema graphile_worker to "${role}";
      grant select, insert, update, delete on all tables in schema public, graphile_worker to "${role}";
      grant usage on all sequences in schema public, graphile_worker to "${role}"`);
    expect(await obstacle()).toMatch(/on graphile_worker\._private_/);
    await pool.query(`drop owned by "${role}"`);
  });
});

describe('a role with access', () => {
  beforeAll(() => grantAccess(database.url, role));

  test('may write', async () => {
    expect(await obstacle()).toBeUndefined();
    await asRole.pool.query(
      `insert into incidents (text, description, source) values ('текст', 'описание', 'operator')`,
    );
    await asRole.pool.query(`select graphile_worker.add_job('some_task', '{}')`);
    const { rows } = await asRole.pool.query('select task_identifier as task from graphile_worker.jobs');
    expect(rows).toEqual([{ task: 'some_task' }]);
  });

  test.each([
    'create table mine (id int)',
    'create table graphile_worker.mine (id int)',
    'alter table incidents add column mine int',
    'drop table graphile_worker._private_jobs',
    'truncate incidents',
    'alter table graphile_worker._private_jobs disable row level security',
    `insert into kysely_migration (name, timestamp) values ('x', 'x')`,
    'create role another',
  ])('may not %s', async (statement) => {
    await expect(asRole.pool.query(statement)).rejects.toMatchObject({ code: '42501' });
  });

  test('is unchanged by a second grant', async () => {
    const grants = async () =>
      (
        await database.db.pool.query(
          'select oid::regclass::text, relacl::text, xmin::text from pg_class where relacl is not null order by 1',
        )
      ).rows;
    const before = await grants();
    await grantAccess(database.url, role);
    expect(await grants()).toEqual(before);
  });

  test.each([
    ['a table of a later migration', 'revoke insert on deliveries from', 'INSERT on public.deliveries'],
    [
      'a function of the queue',
      'revoke execute on function graphile_worker.complete_jobs from public,',
      'EXECUTE on graphile_worker.complete_jobs(job_ids bigint[])',
    ],
    [
      "a table's sequence",
      'revoke usage on sequence incidents_id_seq from',
      'USAGE on public.incidents_id_seq',
    ],
  ])('names the missing %s, and grants it', async (_what, revoke, missing) => {
    await database.db.pool.query(`${revoke} "${role}"`);
    expect(await obstacle()).toBe(`the role has no ${missing}`);
    await grantAccess(database.url, role);
    expect(await obstacle()).toBeUndefined();
  });
});

test('grants cover every table of the service', async () => {
  const { rows } = await database.db.pool.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname in ('public', 'graphile_worker') and tablename <> 'kysely_migration_lock'
       and not has_table_privilege($1, format('%I.%I', schemaname, tablename), 'SELECT')`,
    [role],
  );
  expect(rows).toEqual([]);
});

describe('the command', () => {
  const run = (...args: string[]) =>
    runScript(new URL('./migrate-cli.ts', import.meta.url), { DATABASE_URL: database.url }, args).ended;

  test('migrates, then grants', async () => {
    expect(await run('--grant', role)).toMatchObject({
      code: 0,
      stdout: `the schema is current\nthe role ${role} may run the service\n`,
    });
  });

  test('names an unknown role', async () => {
    const { code, stderr } = await run('--grant', 'no-such-role');
    expect(code).toBe(1);
    expect(stderr).toContain('role "no-such-role" does not exist');
  });

  test('refuses unknown arguments', async () => {
    expect(await run('--revoke', role)).toMatchObject({ code: 78 });
  });
});
