import { applyStatisticsChanges } from '@incidents/db/queries/statistics/apply-statistics-changes';
import { readStatistics } from '@incidents/db/queries/statistics/read-statistics';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { beforeEach, expect, test } from 'vitest';
import { pruneJobRuns } from './prune-job-runs.ts';

const database = useTestDatabase();
const context = () => ({ db: database.db.kysely });
const prune = () => pruneJobRuns(context(), new AbortController().signal);

/** Runs that end on the hour, one every hour: the first `hours` ago, the last an hour ago. */
const insertRuns = (hours: number, times = 1) =>
  database.db.pool.query(
    `insert into job_runs select n * 100000 + m, 'send_email_notification', 1, null, 'p', now(), now() - n * interval '1 hour'
     from generate_series(1, $1::int) as n, generate_series(1, $2::int) as m`,
    [hours, times],
  );
const left = async () =>
  (await database.db.pool.query('select count(*) as runs from job_runs')).rows[0]?.runs;

beforeEach(() => database.db.pool.query('truncate job_runs'));

test('deletes runs older than a day and keeps others', async () => {
  await insertRuns(48);
  expect((await pruneJobRuns(context(), AbortSignal.abort())).runs).toBe(0);
  expect(await left()).toBe(48);
  expect((await prune()).runs).toBe(25);
  expect(await left()).toBe(23);
  expect((await prune()).runs).toBe(0);
});

test('deletes more runs than one statement does', async () => {
  await insertRuns(30, 2_000);
  expect((await prune()).runs).toBe(14_000);
  expect(await left()).toBe(46_000);
});

test('counts each run once when two workers prune at once', async () => {
  await insertRuns(30, 1_000);
  const { signal } = new AbortController();
  const [one, two] = await Promise.all([pruneJobRuns(context(), signal), pruneJobRuns(context(), signal)]);
  expect((one?.runs ?? 0) + (two?.runs ?? 0)).toBe(7_000);
});

test('deletes recipient tests older than a day and keeps others', async () => {
  await database.db.pool.query(
    `insert into recipient_tests (channel, recipient, created_at)
     values ('email', 'a@example.com', now()), ('email', 'b@example.com', now() - interval '25 hours'),
       ('email', 'c@example.com', now())`,
  );
  await prune();
  const { rows } = await database.db.pool.query('select recipient from recipient_tests order by id');
  expect(rows.map(({ recipient }) => recipient)).toEqual(['a@example.com', 'c@example.com']);
});

test('deletes idempotency keys older than 24 hours and keeps others', async () => {
  await database.db.pool.query(
    `insert into idempotency_keys (actor, key, fingerprint, status, reply, created_at)
     select 'anonymous', 'key ' || n, '', 201, '{}', now() - n * interval '1 hour' from generate_series(1, 6000) as n`,
  );
  expect((await prune()).idempotencyKeys).toBe(5_977);
  const { rows } = await database.db.pool.query(
    'select max(now() - created_at)::text as age from idempotency_keys',
  );
  expect(rows).toEqual([{ age: expect.stringMatching(/^23:/) }]);
});

test('deletes figures that no reply shows, and counts on as before', async () => {
  const { pool, kysely } = database.db;
  await pool.query('truncate incidents');
  await pool.query(
    `insert into incident_statistics (dimension, value, incidents, updated_at)
     select 'day', to_char((now() at time zone 'UTC')::date - n, 'YYYY-MM-DD'), 1, now() - interval '1 hour'
     from generate_series(0, 100) as n`,
  );
  await pool.query(
    `insert into incident_statistics (dimension, value, incidents, updated_at)
     values ('source', 'gone', 0, now() - interval '1 hour'), ('source', 'here', 3, now() - interval '1 hour'),
       ('status', 'новый', 0, now())`,
  );
  const shown = await readStatistics(kysely, []);
  expect((await prune()).figures).toBe(41);
  expect(await readStatistics(kysely, [])).toEqual(shown);
  const { rows } = await pool.query(
    `select value from incident_statistics where dimension <> 'day' order by value`,
  );
  expect(rows).toEqual([{ value: 'here' }, { value: 'новый' }]);

  await pool.query(`insert into incidents (text, description, source) values ('т', 'о', 'gone')`);
  await applyStatisticsChanges(kysely);
  expect((await readStatistics(kysely, [])).by_source.named).toMatchObject({ gone: 1 });
});

test('deletes expired sessions and keeps others', async () => {
  await database.db.pool.query(
    `insert into sessions (digest, admin_key_digest, expires_at)
     values ('a', 'k', now() - interval '1 ms'), ('b', 'k', now() + interval '1 minute')`,
  );
  await prune();
  const { rows } = await database.db.pool.query(
    `select convert_from(digest, 'UTF8') as digest from sessions`,
  );
  expect(rows).toEqual([{ digest: 'b' }]);
});
