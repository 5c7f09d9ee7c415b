import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { expect, test } from 'vitest';
import { QUEUE_VERSION } from './queue-tables.ts';

const database = useTestDatabase();

const lines = async (query: string) =>
  (await database.db.pool.query<{ line: string }>(query)).rows.map(({ line }) => line);

test('the version of Graphile Worker is that of the file', async () => {
  const entry = createRequire(import.meta.url).resolve('graphile-worker');
  const { version } = JSON.parse(await readFile(join(dirname(entry), '../package.json'), 'utf8'));
  // After an upgrade: read its migrations, run the tests below, then name the new version.
  expect(version).toBe(QUEUE_VERSION);
});

test('private tables have the columns and types that the file uses', async () => {
  const columns = await lines(`
    select format('%s.%s %s%s', relname, attname, format_type(atttypid, atttypmod),
      case when attnotnull then ' not null' end) as line
    from pg_attribute join pg_class on pg_class.oid = attrelid
    where attrelid in ('graphile_worker._private_jobs'::regclass, 'graphile_worker._private_tasks'::regclass)
      and attnum > 0 and not attisdropped`);
  expect(columns).toEqual(
    expect.arrayContaining([
      '_private_jobs.id bigint not null',
      '_private_jobs.task_id integer not null',
      '_private_jobs.payload json not null',
      '_private_jobs.run_at timestamp with time zone not null',
      '_private_jobs.attempts smallint not null',
      '_private_jobs.max_attempts smallint not null',
      '_private_jobs.last_error text',
      '_private_jobs.created_at timestamp with time zone not null',
      '_private_jobs.updated_at timestamp with time zone not null',
      '_private_jobs.locked_at timestamp with time zone',
      '_private_jobs.locked_by text',
      '_private_tasks.id integer not null',
      '_private_tasks.identifier text not null',
    ]),
  );
  expect(
    await lines(`
      select pg_get_indexdef(indexrelid) as line from pg_index
      where indrelid = 'graphile_worker._private_jobs'::regclass and indisprimary`),
  ).toEqual([expect.stringMatching(/\(id\)$/)]);
});

test('the public view and functions have the columns and arguments of the queries', async () => {
  expect(
    await lines(`
      select attname as line from pg_attribute
      where attrelid = 'graphile_worker.jobs'::regclass and attnum > 0`),
  ).toEqual(
    expect.arrayContaining([
      'id',
      'task_identifier',
      'run_at',
      'attempts',
      'max_attempts',
      'last_error',
      'created_at',
      'locked_at',
      'locked_by',
    ]),
  );
  expect(
    await lines(`
      select format('%s(%s)', proname, pg_get_function_identity_arguments(oid)) as line from pg_proc
      where pronamespace = 'graphile_worker'::regnamespace and proname in ('complete_jobs', 'reschedule_jobs')
      order by 1`),
  ).toEqual([
    'complete_jobs(job_ids bigint[])',
    'reschedule_jobs(job_ids bigint[], run_at timestamp with time zone, priority integer, attempts integer, max_attempts integer)',
  ]);
});

test('no other source file names a private table of the queue', async () => {
  const root = new URL('../../../../../', import.meta.url);
  const folders = ['apps', 'packages'].map(async (group) =>
    (await readdir(new URL(group, root))).map((name) => `${group}/${name}/src`),
  );
  const knowing: string[] = [];
  for (const folder of (await Promise.all(folders)).flat()) {
    for (const name of await readdir(new URL(folder, root), { recursive: true })) {
      const path = `${folder}/${name}`;
      if (!path.endsWith('.ts') || path.endsWith('.test.ts') || path.includes('/testing/')) continue;
      const source = await readFile(new URL(path, root), 'utf8');
      if (source.includes('_private_')) knowing.push(path);
    }
  }
  expect(knowing).toEqual(['packages/db/src/queries/job/queue-tables.ts']);
});
