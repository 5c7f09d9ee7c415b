import { JobCount } from '@incidents/contracts';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
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

const insertMany = async (failed: number) => {
  const id = await jobs.insertFailed();
  await database.db.pool.query(
    `insert into graphile_worker._private_jobs (task_id, payload, attempts)
     select task_id, json_build_object('event_id', n, 'incident_id', 1, 'request_id', 'r'), 25
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

  test.each(['', '/'])('changes exactly the failed jobs (path ends with "%s")', async (slash) => {
    await jobs.insertFailed();
    await jobs.insertFailed({ max_attempts: 3, attempts: 3 });
    await jobs.insertFailed({ task: 'send_telegram_notification' });
    await jobs.insert({ attempts: 24, due_in: 60 });
    await jobs.insert({ attempts: 25, locked_by: 'pool-1' });
    expect(await change('send_email_notification', slash)).toBe(2);
    expect(await counts()).toEqual([
      ...(what === 'retry' ? [{ task: 'send_email_notification', attempts: 0, jobs: 2 }] : []),
      { task: 'send_email_notification', attempts: 24, jobs: 1 },
      { task: 'send_email_notification', attempts: 25, jobs: 1 },
      { task: 'send_telegram_notification', attempts: 25, jobs: 1 },
    ]);
    expect(await change('send_email_notification', slash)).toBe(0);
  });

  test('changes more jobs than one batch', async () => {
    await insertMany(2_345);
    await jobs.insert();
    expect(await change('send_email_notification')).toBe(2_345);
    expect(await counts()).toEqual([
      { task: 'send_email_notification', attempts: 0, jobs: what === 'retry' ? 2_346 : 1 },
    ]);
  });

  test('skips locked jobs', async () => {
    const [held] = [await jobs.insertFailed(), await jobs.insertFailed()];
    const other = await database.db.pool.connect();
    onTestFinished(() => other.release(true));
    await other.query('begin');
    await other.query('select from graphile_worker._private_jobs where id = $1 for update', [held]);
    expect(await change('send_email_notification')).toBe(1);
  });

  test('counts each job once in concurrent requests', async () => {
    await insertMany(1_500);
    const numbers = await Promise.all([
      change('send_email_notification'),
      change('send_email_notification'),
      change('send_email_notification'),
    ]);
    numbers.push(await change('send_email_notification'));
    expect(numbers.reduce((sum, number) => sum + number)).toBe(1_500);
  });

  test('returns 0 for other tasks and heartbeats', async () => {
    await jobs.insertFailed({ task: 'heartbeat:1' });
    for (const task of [
      'send_email_notification',
      'no_such_task',
      'heartbeat:1',
      'heartbeat:%25',
      "'",
      '%F0%9F%98%80',
    ]) {
      expect(await change(task)).toBe(0);
    }
    expect(await jobs.ids()).toHaveLength(1);
  });

  test.each([
    ['', 'required'],
    ['?task=', 'too_small'],
    ['?task=%00', 'nul_character'],
    [`?task=${'x'.repeat(129)}`, 'too_big'],
    ['?tasks=send_email_notification', 'required'],
  ])('refuses %s without a change', async (query, code) => {
    const id = await jobs.insertFailed();
    const { status, body } = await request(`${path}${query}`, { method });
    expect(status).toBe(422);
    expect(body).toMatchObject({ errors: [{ path: 'query.task', code }] });
    expect((await request(`/jobs/${id}`)).body).toMatchObject({ state: 'failed' });
  });
});
