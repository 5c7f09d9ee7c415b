import { JobCount } from '@incidents/contracts';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { insertDelivery } from '../../testing/deliveries.ts';
import { jobsIn } from '../../testing/jobs.ts';
import { useTestApp } from '../../testing/test-app.ts';

const { request, database } = useTestApp();
const jobs = jobsIn(database);

beforeEach(() => jobs.clear());

const operations = [
  { what: 'retry', method: 'POST', path: '/jobs/failed/retry' },
  { what: 'delete', method: 'DELETE', path: '/jobs/failed' },
] as const;

const counts = async () => {
  const { rows } = await database.db.pool.query(
    `select task_identifier as task, attempts, count(*) as jobs from graphile_worker.jobs group by 1, 2 order by 1, 2`,
  );
  return rows;
};

/** Many failed deliveries' jobs at once: the ids of deliveries are those of the jobs. */
const insertMany = async (failed: number) => {
  const id = await jobs.insertFailed();
  await database.db.pool.query(
    `insert into graphile_worker._private_jobs (task_id, payload, attempts)
     select task_id, json_build_object('delivery_id', n, 'incident_id', 1, 'request_id', 'r'), 25
     from graphile_worker._private_jobs, generate_series(2, $2::int) as n where id = $1`,
    [id, failed],
  );
};

describe.each(operations)('$what every failed job of a task', ({ what, method, path }) => {
  const change = async (task: string, slash = '') => {
    const { status, body } = await request(`${path}${slash}?task=${task}`, { method });
    expect(status).toBe(200);
    return JobCount.parse(body).jobs;
  };

  test.each(['', '/'])(
    'those of the task that have failed, and no others (path ends with "%s")',
    async (slash) => {
      await jobs.insertFailed();
      await jobs.insertFailed({ max_attempts: 3, attempts: 3 });
      await jobs.insertFailed({ task: 'send_digest' });
      await jobs.insert({ attempts: 24, due_in: 60 });
      await jobs.insert({ attempts: 25, locked_by: 'pool-1' });
      expect(await change('deliver', slash)).toBe(2);
      expect(await counts()).toEqual([
        ...(what === 'retry' ? [{ task: 'deliver', attempts: 0, jobs: 2 }] : []),
        { task: 'deliver', attempts: 24, jobs: 1 },
        { task: 'deliver', attempts: 25, jobs: 1 },
        { task: 'send_digest', attempts: 25, jobs: 1 },
      ]);
      expect(await change('deliver', slash)).toBe(0);
    },
  );

  test('more of them than one statement takes', async () => {
    await insertMany(2_345);
    await jobs.insert();
    expect(await change('deliver')).toBe(2_345);
    expect(await counts()).toEqual([{ task: 'deliver', attempts: 0, jobs: what === 'retry' ? 2_346 : 1 }]);
  });

  test('what somebody else is changing is left to him', async () => {
    const [held] = [await jobs.insertFailed(), await jobs.insertFailed()];
    const other = await database.db.pool.connect();
    onTestFinished(() => other.release(true));
    await other.query('begin');
    await other.query('select from graphile_worker._private_jobs where id = $1 for update', [held]);
    expect(await change('deliver')).toBe(1);
  });

  test('at once: each job counts once', async () => {
    await insertMany(1_500);
    const numbers = await Promise.all([change('deliver'), change('deliver'), change('deliver')]);
    numbers.push(await change('deliver'));
    expect(numbers.reduce((sum, number) => sum + number)).toBe(1_500);
  });

  test('a task that has none, or that nobody knows, or a heartbeat: none', async () => {
    await jobs.insertFailed({ task: 'heartbeat:1' });
    for (const task of ['deliver', 'no_such_task', 'heartbeat:1', 'heartbeat:%25', "'", '%F0%9F%98%80']) {
      expect(await change(task)).toBe(0);
    }
    expect(await jobs.ids()).toHaveLength(1);
  });

  test.each([
    ['', 'required'],
    ['?task=', 'too_small'],
    ['?task=%00', 'nul_character'],
    [`?task=${'x'.repeat(129)}`, 'too_big'],
    ['?tasks=deliver', 'required'],
  ])('%s is refused, and nothing happens', async (query, code) => {
    const id = await jobs.insertFailed();
    const { status, body } = await request(`${path}${query}`, { method });
    expect(status).toBe(422);
    expect(body).toMatchObject({ errors: [{ path: 'query.task', code }] });
    expect((await request(`/jobs/${id}`)).body).toMatchObject({ state: 'failed' });
  });
});

test('what the deleted ones were to send is skipped', async () => {
  const states = async () => {
    const { rows } = await database.db.pool.query(
      'select state, count(*) as rows from deliveries group by 1',
    );
    return rows;
  };
  for (let id = 1; id <= 5; id++) await insertDelivery(database, { incident_id: 1 });
  await insertMany(4);
  await request('/jobs/failed?task=deliver', { method: 'DELETE' });
  // The first of the jobs names no delivery.
  expect(await states()).toEqual(
    expect.arrayContaining([
      { state: 'skipped', rows: 3 },
      { state: 'pending', rows: 2 },
    ]),
  );
});
