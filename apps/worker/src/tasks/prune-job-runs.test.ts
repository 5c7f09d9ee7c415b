import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { beforeEach, expect, test } from 'vitest';
import { pruneJobRuns } from './prune-job-runs.ts';

const database = useTestDatabase();
const context = () => ({ db: database.db.kysely });

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
  expect(await pruneJobRuns(context(), AbortSignal.abort())).toBe(0);
  expect(await left()).toBe(48);
  expect(await pruneJobRuns(context(), new AbortController().signal)).toBe(25);
  expect(await left()).toBe(23);
  expect(await pruneJobRuns(context(), new AbortController().signal)).toBe(0);
});

test('deletes more runs than one statement does', async () => {
  await insertRuns(30, 2_000);
  expect(await pruneJobRuns(context(), new AbortController().signal)).toBe(14_000);
  expect(await left()).toBe(46_000);
});

test('counts each run once when two workers prune at once', async () => {
  await insertRuns(30, 1_000);
  const { signal } = new AbortController();
  const [one, two] = await Promise.all([pruneJobRuns(context(), signal), pruneJobRuns(context(), signal)]);
  expect((one ?? 0) + (two ?? 0)).toBe(7_000);
});

test('deletes recipient tests older than a day and keeps others', async () => {
  await database.db.pool.query(
    `insert into recipient_tests (channel, recipient, created_at)
     values ('email', 'a@example.com', now()), ('email', 'b@example.com', now() - interval '25 hours'),
       ('email', 'c@example.com', now())`,
  );
  await pruneJobRuns(context(), new AbortController().signal);
  const { rows } = await database.db.pool.query('select recipient from recipient_tests order by id');
  expect(rows.map(({ recipient }) => recipient)).toEqual(['a@example.com', 'c@example.com']);
});
