import { Queue } from '@incidents/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { insertDelivery } from '../../testing/deliveries.ts';
import { jobsIn } from '../../testing/jobs.ts';
import { useTestApp } from '../../testing/test-app.ts';

const { request, database } = useTestApp();
const jobs = jobsIn(database);

const later = () => vi.advanceTimersByTime(2_001);

beforeAll(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
beforeEach(async () => {
  await jobs.clear();
  later();
});
afterAll(() => {
  vi.useRealTimers();
});

const read = async (path = '/queue') => {
  const { status, body } = await request(path);
  expect(status).toBe(200);
  return Queue.parse(body);
};

const none = { jobs: 0, oldest_age_seconds: null };
const depths = { waiting: none, scheduled: none, running: none, failed: none };
const noDeliveries = { pending: 0, retrying: 0, sending: 0, failed: 0, oldest_pending_age_seconds: null };
const noRuns = { runs: 0, failed: 0, failure_rate: null, per_second: 0, seconds: 3600 };
/** Seconds may pass during the test. */
const atLeast = (seconds: number) => expect.toSatisfy((age) => age >= seconds && age < seconds + 60);

describe('GET /queue', () => {
  test.each(['/queue', '/queue/'])('returns zeros for %s of an empty queue', async (path) => {
    expect(await read(path)).toEqual({
      exact: true,
      ...depths,
      last_hour: noRuns,
      tasks: [],
      deliveries: noDeliveries,
      workers: [],
    });
  });

  test('returns depth and oldest age, per task and in total', async () => {
    await jobs.insert({ due_in: -30, queued_ago: 900 });
    await jobs.insert({ due_in: -90, queued_ago: 900 });
    await jobs.insert({ task: 'send_telegram_notification', due_in: -60, queued_ago: 60 });
    await jobs.insert({ due_in: 60, queued_ago: 120, attempts: 2 });
    await jobs.insertFailed({ due_in: -600, queued_ago: 7_000 });
    await jobs.insert({ locked_by: 'pool-gone', due_in: -7, queued_ago: 7 });
    await jobs.insert({ task: 'heartbeat:1', due_in: -9_000 });
    await jobs.insertFailed({ task: 'heartbeat:1' });
    const { tasks, ...queue } = await read();
    const waiting = { jobs: 2, oldest_age_seconds: atLeast(90) };
    const others = {
      scheduled: { jobs: 1, oldest_age_seconds: atLeast(120) },
      running: { jobs: 1, oldest_age_seconds: atLeast(7) },
      failed: { jobs: 1, oldest_age_seconds: atLeast(600) },
    };
    expect(queue).toMatchObject({ exact: true, waiting: { ...waiting, jobs: 3 }, ...others });
    expect(tasks).toEqual([
      { task: 'send_email_notification', waiting, ...others, last_hour: noRuns },
      {
        ...{ task: 'send_telegram_notification', ...depths, last_hour: noRuns },
        waiting: { jobs: 1, oldest_age_seconds: atLeast(60) },
      },
    ]);
  });

  test('returns living workers and their running jobs', async () => {
    await jobs.insertPool(3, 'pool-3');
    await jobs.insertPool(2, 'pool-2');
    await jobs.insertPool(1, 'pool-1', 60);
    await jobs.insert({ locked_by: 'pool-2', due_in: -10, queued_ago: 10 });
    await jobs.insert({ locked_by: 'pool-2' });
    await jobs.insert({ locked_by: 'pool-2', task: 'send_telegram_notification' });
    await jobs.insert({ locked_by: 'pool-2', task: 'heartbeat:2' });
    await jobs.insert({ locked_by: 'pool-1' });
    const worker = {
      concurrency: 50,
      tasks: ['send_email_notification', 'send_telegram_notification'],
      started_at: expect.any(String),
    };
    const { workers, running } = await read();
    expect(workers).toEqual([
      {
        ...{ ...worker, pool_id: 'pool-2', name: 'host:2' },
        running: [
          { task: 'send_email_notification', jobs: 2, oldest_age_seconds: atLeast(10) },
          { task: 'send_telegram_notification', jobs: 1, oldest_age_seconds: atLeast(0) },
        ],
      },
      { ...worker, pool_id: 'pool-3', name: 'host:3', running: [] },
    ]);
    expect(running.jobs).toBe(4);
  });

  test('returns deliveries by state, with the age since the last retry', async () => {
    const some = async (state: string, attempts: number, times = 1) => {
      for (let index = 0; index < times; index++)
        await insertDelivery(database, { incident_id: 1, state, attempts });
    };
    await some('pending', 0, 2);
    await some('pending', 3);
    await some('sending', 1, 2);
    await some('failed', 9, 4);
    for (const state of ['sent', 'logged', 'skipped']) await some(state, 1);
    await database.db.pool.query(
      `update deliveries set series_began_at = now() - case attempts when 3 then interval '90 seconds' else interval '30 seconds' end
     where state = 'pending'`,
    );
    const { deliveries, failed } = await read();
    expect(deliveries).toEqual({
      pending: 3,
      retrying: 1,
      sending: 2,
      failed: 4,
      oldest_pending_age_seconds: atLeast(90),
    });
    expect(failed.jobs).toBe(0);
  });

  test('returns throughput of the last hour, also of tasks without jobs', async () => {
    for (let id = 1; id <= 8; id++) await jobs.recordRun({ jobId: id, ageMs: id * 1_000 });
    await jobs.recordRun({ jobId: 9, error: 'boom', ageMs: 3_500_000 });
    await jobs.recordRun({ jobId: 10, error: 'boom', ageMs: 3_700_000 });
    await jobs.recordRun({ jobId: 11, task: 'send_telegram_notification', error: 'boom' });
    await jobs.recordRun({ jobId: 12, task: 'heartbeat:1' });
    const { last_hour, tasks } = await read();
    expect(last_hour).toEqual({ runs: 10, failed: 2, failure_rate: 0.2, per_second: 0.0028, seconds: 3600 });
    expect(tasks).toEqual([
      {
        ...{ task: 'send_email_notification', ...depths },
        last_hour: { runs: 9, failed: 1, failure_rate: 0.1111, per_second: 0.0025, seconds: 3600 },
      },
      {
        ...{ task: 'send_telegram_notification', ...depths },
        last_hour: { runs: 1, failed: 1, failure_rate: 1, per_second: 0.0003, seconds: 3600 },
      },
    ]);
  });

  test('shares the figures for two seconds', async () => {
    const [first, ...others] = await Promise.all([read(), read(), read()]);
    await jobs.insert();
    expect([...others, await read()]).toEqual([first, first, first]);
    later();
    expect((await read()).waiting.jobs).toBe(1);
  });

  test('counts the first queued jobs and the last runs beyond the limit', async () => {
    const id = await jobs.insert();
    await database.db.pool.query(
      `insert into graphile_worker._private_jobs (task_id, attempts)
     select task_id, case when n > 100000 then 25 else 0 end
     from graphile_worker._private_jobs, generate_series(1, 100100) as n where id = $1`,
      [id],
    );
    await database.db.pool.query(
      `insert into job_runs select n, 'send_email_notification', 1, null, 'p', now(), now() - n * interval '10 milliseconds'
     from generate_series(1, 120000) as n`,
    );
    const { exact, waiting, failed, last_hour } = await read();
    expect({ exact, failed: failed.jobs }).toEqual({ exact: false, failed: 0 });
    expect(waiting.jobs).toBe(100_000);
    expect(last_hour.runs).toBe(100_000);
    expect(last_hour.seconds).toBeGreaterThan(990);
    expect(last_hour.seconds).toBeLessThan(1_060);
  });
});
