import { createDb } from '@incidents/db/client';
import { eventually } from '@incidents/testing/eventually';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { useTestLogger } from '@incidents/testing/test-logger';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { createRunRecorder, type FinishedRun } from './run-recorder.ts';

const database = useTestDatabase();
const log = useTestLogger();

beforeEach(() => database.db.pool.query('truncate job_runs'));

const create = () => createRunRecorder({ db: database.db.kysely, logger: log.logger });

const run = (jobId: number, fields: Partial<FinishedRun> = {}): FinishedRun => ({
  jobId,
  task: 'deliver',
  attempt: 1,
  error: undefined,
  poolId: 'pool-1',
  payload: { delivery_id: 1 },
  durationMs: 1_500,
  ...fields,
});

async function stored() {
  const { rows } = await database.db.pool.query<{ job_id: number; error: string | null }>(`
    select job_id, task, attempt, error, pool_id,
      round(extract(epoch from finished_at - started_at) * 1000)::int as duration,
      abs(extract(epoch from now() - finished_at)) < 60 as lately
    from job_runs order by job_id`);
  return rows;
}

test('stores a run without further calls, with times of the database', async () => {
  const recorder = create();
  recorder.record(run(1));
  await eventually(async () => {
    expect(await stored()).toEqual([
      {
        job_id: 1,
        task: 'deliver',
        attempt: 1,
        error: null,
        pool_id: 'pool-1',
        duration: 1_500,
        lately: true,
      },
    ]);
  });
  await recorder.close();
});

test('stores many runs in batches, and the rest at close', async () => {
  const recorder = create();
  for (let id = 1; id <= 2_345; id++) recorder.record(run(id));
  await recorder.close();
  expect((await stored()).map(({ job_id }) => job_id)).toEqual(
    Array.from({ length: 2_345 }, (_, index) => index + 1),
  );
});

test('records any thrown value as a storable text', async () => {
  const recorder = create();
  const unreadable = {
    toString() {
      throw new Error('never');
    },
  };
  const thrown = [new Error('a\0b'), 'half \ud800', null, { not: 'an error' }, unreadable, 'x'.repeat(9_000)];
  thrown.forEach((error, index) => {
    recorder.record(run(index, { error }));
  });
  await recorder.close();
  const errors = (await stored()).map(({ error }) => error);
  expect(errors.slice(0, 4)).toEqual(['a\ufffdb', 'half \ufffd', 'null', '[object Object]']);
  expect(errors).toHaveLength(6);
  expect(errors.every((error) => error !== null && error.length <= 2_000)).toBe(true);
});

test('stores the payload, unless it is too long or no valid jsonb', async () => {
  const circular: Record<string, unknown> = {};
  circular.self = circular;
  const payloads = [
    { incident_id: 7, text: 'Бот \u{1F600}' },
    null,
    ['any', 'JSON'],
    { text: 'a\0b' },
    { text: 'half \ud800' },
    { text: 'x'.repeat(5_000) },
    circular,
    undefined,
  ];
  const recorder = create();
  payloads.forEach((payload, index) => {
    recorder.record(run(index, { payload }));
  });
  await recorder.close();
  const { rows } = await database.db.pool.query<{ payload: unknown }>(
    'select payload from job_runs order by job_id',
  );
  expect(rows.map(({ payload }) => payload)).toEqual([
    ...payloads.slice(0, 3),
    ...Array.from({ length: 5 }, () => null),
  ]);
});

test('stores a negative or invalid duration as 0', async () => {
  const recorder = create();
  recorder.record(run(1, { durationMs: Number.NaN }));
  recorder.record(run(2, { durationMs: -5 }));
  await recorder.close();
  expect(await stored()).toMatchObject([
    { job_id: 1, duration: 0 },
    { job_id: 2, duration: 0 },
  ]);
});

test('skips heartbeat jobs', async () => {
  const recorder = create();
  recorder.record(run(1, { task: 'heartbeat:7' }));
  recorder.record(run(2));
  await recorder.close();
  expect(await stored()).toMatchObject([{ job_id: 2 }]);
});

test('drops a run that the database refuses, and stores the next one', async () => {
  log.expectErrors();
  const recorder = create();
  recorder.record(run(1, { jobId: Number.NaN }));
  await eventually(() => {
    expect(log.lines).toContainEqual(expect.objectContaining({ level: 'warn', runs: 1 }));
  });
  recorder.record(run(2));
  await recorder.close();
  expect(await stored()).toMatchObject([{ job_id: 2 }]);
});

test('stores no run that is recorded after close', async () => {
  const recorder = create();
  await recorder.close();
  recorder.record(run(1));
  await recorder.close();
  expect(await stored()).toEqual([]);
});

describe('while the database is unavailable', () => {
  const rename = (from: string, to: string) => database.db.pool.query(`alter table ${from} rename to ${to}`);

  test('keeps runs and stores them once it is available', async () => {
    const recorder = create();
    await rename('job_runs', 'away');
    for (let id = 1; id <= 500; id++) recorder.record(run(id));
    await rename('away', 'job_runs');
    recorder.record(run(501));
    await eventually(async () => {
      expect(await stored()).toHaveLength(501);
    });
    await recorder.close();
    expect(log.lines).toEqual([]);
  });

  test('drops the oldest runs beyond the limit and logs their number', async () => {
    const recorder = create();
    await rename('job_runs', 'away');
    for (let id = 1; id <= 25_000; id++) recorder.record(run(id));
    await eventually(() => {
      expect(log.lines).toContainEqual(
        expect.objectContaining({ level: 'warn', msg: 'runs of jobs were not recorded' }),
      );
    });
    await rename('away', 'job_runs');
    await eventually(async () => {
      expect((await stored()).at(-1)).toMatchObject({ job_id: 25_000 });
    });
    await recorder.close();
    const kept = await stored();
    const dropped = log.lines.reduce((sum, { runs }) => sum + Number(runs), 0);
    expect(kept.length + dropped).toBe(25_000);
    expect(kept.length).toBeGreaterThanOrEqual(10_000);
    expect(kept[0]).toMatchObject({ job_id: dropped + 1 });
  });

  test('close drops unstored runs, logs their number and does not throw', async () => {
    // Nothing listens on port 1.
    const nowhere = createDb({
      url: 'postgresql://stranger@127.0.0.1:1/nothing',
      poolSize: 1,
      applicationName: 'incidents-test',
      onConnectionError: () => {},
    });
    onTestFinished(() => nowhere.close());
    const recorder = createRunRecorder({ db: nowhere.kysely, logger: log.logger });
    for (let id = 1; id <= 300; id++) recorder.record(run(id));
    await recorder.close();
    expect(log.lines).toEqual([expect.objectContaining({ level: 'warn', runs: 300 })]);
  });
});
