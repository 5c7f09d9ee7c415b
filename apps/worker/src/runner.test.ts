import { createDb, type Db } from '@incidents/db/client';
import { defineJob } from '@incidents/jobs/define-job';
import { eventually } from '@incidents/testing/eventually';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { useTestLogger } from '@incidents/testing/test-logger';
import type { TaskList } from 'graphile-worker';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import * as z from 'zod';
import type { FinishedRun } from './run-recorder.ts';
import { startRunner } from './runner.ts';
import { defineTask } from './tasks/define-task.ts';
import { addJob, makeDue, queuedJobs } from './testing/run-queue.ts';
import { taskDependencies } from './testing/task-dependencies.ts';

const database = useTestDatabase();
const log = useTestLogger();

beforeEach(() => database.db.pool.query('truncate graphile_worker._private_jobs'));

/** Those of the current test; opened after it, so that a test that fails leaves no job waiting. */
const gates: { open(): void }[] = [];

function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  gates.push({ open });
  return { opened, open };
}

async function start(
  tasks: TaskList,
  options: { concurrency?: number; poolSize?: number; onRun?: (run: FinishedRun) => void } = {},
) {
  const db = createDb({
    url: database.url,
    poolSize: options.poolSize ?? 5,
    applicationName: 'incidents-runner',
    connectionTimeoutMs: 10_000,
    onConnectionError: () => {},
  });
  const runner = await startRunner({
    db,
    heartbeatDb: database.db,
    tasks,
    concurrency: options.concurrency ?? 4,
    abortAfterMs: 5_000,
    logger: log.logger,
    ...(options.onRun && { onRun: options.onRun }),
  });
  let stopped: Promise<void> | undefined;
  const stop = (timeout = 5_000) => {
    stopped ??= runner.stop(timeout);
    return stopped;
  };
  onTestFinished(async () => {
    for (const { open } of gates.splice(0)) open();
    await stop();
    await runner.stop(5_000);
    await db.close();
  });
  return { db, runner, stop, ended: runner.ended };
}

const addJobs = async (count: number, task: string) => {
  for (let number = 1; number <= count; number++) await addJob(database.db, { task, payload: { number } });
};
const queueIsEmpty = (db: Db = database.db) =>
  eventually(async () => expect(await queuedJobs(db)).toEqual([]));

describe('jobs in parallel', () => {
  test.each([1, 3, 8])('run %s at a time, never more', async (concurrency) => {
    const everyone = gate();
    let running = 0;
    let most = 0;
    let done = 0;
    await addJobs(20, 'wait');
    await start(
      {
        wait: async () => {
          running++;
          most = Math.max(most, running);
          await everyone.opened;
          running--;
          done++;
        },
      },
      { concurrency },
    );
    await eventually(() => expect(running).toBe(concurrency));
    everyone.open();
    await queueIsEmpty();
    expect({ most, done }).toEqual({ most: concurrency, done: 20 });
  });

  test('finish when they outnumber the connections', async () => {
    let done = 0;
    await addJobs(60, 'count');
    const { db } = await start(
      {
        count: async () => {
          await db.pool.query('select 1');
          done++;
        },
      },
      { concurrency: 30, poolSize: 2 },
    );
    await queueIsEmpty();
    expect(done).toBe(60);
  });

  test('start at once when the runner is idle, not at the next poll', async () => {
    let done = 0;
    await start({ hurry: async () => void done++ }, { concurrency: 1 });
    await eventually(async () => {
      const { rows } = await database.db.pool.query(
        `select 1 from pg_stat_activity where datname = current_database() and query like 'LISTEN%'`,
      );
      expect(rows).toHaveLength(1);
    });
    const begun = performance.now();
    for (let number = 1; number <= 6; number++) {
      await addJobs(1, 'hurry');
      await eventually(() => expect(done).toBe(number));
      await queueIsEmpty();
    }
    // One poll per second would take six.
    expect(performance.now() - begun).toBeLessThan(4_000);
  });
});

describe('stop', () => {
  test('waits for the running job and takes no other', async () => {
    const begun = gate();
    const mayEnd = gate();
    let runs = 0;
    await addJobs(1, 'slow');
    const { stop, ended } = await start(
      {
        slow: async () => {
          runs++;
          begun.open();
          await mayEnd.opened;
        },
      },
      { concurrency: 1 },
    );
    await begun.opened;
    let isStopped = false;
    const stopping = stop(10_000).then(() => {
      isStopped = true;
    });
    await addJobs(3, 'slow');
    expect(isStopped).toBe(false);
    mayEnd.open();
    await stopping;
    await ended;
    expect((await queuedJobs(database.db)).map(({ attempts, locked }) => ({ attempts, locked }))).toEqual(
      Array(3).fill({ attempts: 0, locked: false }),
    );
    expect(runs).toBe(1);
    expect(log.lines.filter(({ level }) => level === 'warn')).toEqual([]);
  });

  test('resolves after the ends of all jobs are recorded, also of many at once', async () => {
    const mayEnd = gate();
    let running = 0;
    let done = 0;
    await addJobs(40, 'together');
    const { stop } = await start(
      {
        together: async () => {
          running++;
          await mayEnd.opened;
          done++;
        },
      },
      { concurrency: 40, poolSize: 2 },
    );
    await eventually(() => expect(running).toBe(40));
    const stopping = stop(10_000);
    mayEnd.open();
    await stopping;
    expect(await queuedJobs(database.db)).toEqual([]);
    expect(done).toBe(40);
  });

  test('releases a job that exceeds the timeout; another runner takes it at once', async () => {
    const begun = gate();
    const never = gate();
    await addJobs(1, 'stuck');
    const first = await start({
      stuck: async () => {
        begun.open();
        await never.opened;
      },
    });
    await begun.opened;
    expect(await queuedJobs(database.db)).toMatchObject([{ attempts: 1, locked: true }]);
    const before = performance.now();
    await first.stop(200);
    expect(performance.now() - before).toBeLessThan(2_000);
    expect(await queuedJobs(database.db)).toMatchObject([{ attempts: 1, locked: false, due: true }]);
    expect(log.lines).toContainEqual(
      expect.objectContaining({ level: 'warn', jobs: 1, msg: 'jobs did not end in time and were released' }),
    );

    const attempts: number[] = [];
    await start({
      stuck: async (_payload, { job }) => {
        attempts.push(job.attempts);
      },
    });
    await queueIsEmpty();
    expect(attempts).toEqual([2]);
  });

  test('an idle runner that has no time to stop reports no released jobs', async () => {
    const runner = await start({});
    await runner.stop(0);
    expect(log.lines).not.toContainEqual(expect.objectContaining({ level: 'warn' }));
  });

  test('releases no jobs of other runners', async () => {
    const both = [gate(), gate()] as const;
    const mayEnd = gate();
    const runners = [];
    for (const [index, begun] of both.entries()) {
      await addJobs(1, `stuck_${index}`);
      runners.push(
        await start({
          [`stuck_${index}`]: async () => {
            begun.open();
            await mayEnd.opened;
          },
        }),
      );
      await begun.opened;
    }
    await runners[0]?.stop(100);
    expect(await queuedJobs(database.db)).toMatchObject([
      { task: 'stuck_0', locked: false },
      { task: 'stuck_1', locked: true },
    ]);
    mayEnd.open();
  });
});

describe('the lease of a runner', () => {
  const poolsHere = async () => {
    const { rows } = await database.db.pool.query<{ pool_id: string; tasks: string[]; concurrency: number }>(
      `select pool_id, tasks, concurrency from worker_pools where heartbeat_at > 'epoch'`,
    );
    return rows;
  };

  test('is registered with its tasks before the first job, and deleted by stop', async () => {
    let known: unknown;
    await addJobs(1, 'look');
    const { stop } = await start({
      look: async (_payload, { job }) => {
        const pools = await poolsHere();
        known = pools.map((pool) => ({ ...pool, isMine: pool.pool_id === job.locked_by }));
      },
    });
    await queueIsEmpty();
    expect(known).toEqual([{ pool_id: expect.any(String), tasks: ['look'], concurrency: 4, isMine: true }]);
    await stop();
    expect(await poolsHere()).toEqual([]);
  });

  test('is renewed, with a heartbeat job each time', async () => {
    const { runner } = await start({ nothing: async () => {} });
    await eventually(() => expect(runner.lastHeartbeat).toBeDefined());
    const first = runner.lastHeartbeat;
    await eventually(() => expect(runner.lastHeartbeat).toBeGreaterThan(first ?? 0));
  });

  test('ends the runner when another pool reaps it', async () => {
    const { ended } = await start({ nothing: async () => {} });
    await eventually(async () => expect(await poolsHere()).toHaveLength(1));
    await database.db.pool.query('delete from worker_pools');
    expect(await ended).toEqual({ reason: 'its heartbeat was missed and its jobs were freed' });
  });

  test('a failed fetch ends the runner; stop frees jobs that it locked without a reply', async () => {
    const { ended, stop } = await start({ nothing: async () => {} });
    await eventually(async () => expect(await poolsHere()).toHaveLength(1));
    await database.db.pool.query('alter table graphile_worker._private_jobs rename to elsewhere');
    expect(await ended).toMatchObject({
      reason: 'it could not ask for a job',
      error: expect.objectContaining({ message: expect.any(String) }),
    });
    await database.db.pool.query('alter table graphile_worker.elsewhere rename to _private_jobs');
    const [pool] = await poolsHere();
    await addJobs(1, 'of_another');
    await database.db.pool.query(
      `update graphile_worker._private_jobs set locked_by = $1, locked_at = now(), attempts = 1
       where key is null`,
      [pool?.pool_id],
    );
    await stop();
    expect(await queuedJobs(database.db)).toMatchObject([{ attempts: 1, locked: false }]);
  });
});

test('onRun gets each run with its error', async () => {
  const runs: FinishedRun[] = [];
  await addJobs(1, 'good');
  await addJobs(1, 'bad');
  await start(
    {
      good: async () => {},
      bad: async () => {
        throw new Error('no');
      },
    },
    { onRun: (run) => runs.push(run) },
  );
  await eventually(() => expect(runs).toHaveLength(2));
  const [bad, good] = runs.toSorted((a, b) => a.task.localeCompare(b.task));
  const common = { jobId: expect.any(Number), attempt: 1, poolId: expect.stringMatching(/^pool-/) };
  expect(good).toEqual({
    ...common,
    task: 'good',
    error: undefined,
    payload: { number: 1 },
    durationMs: expect.any(Number),
  });
  expect(bad).toMatchObject({ ...common, task: 'bad', error: { message: 'no' } });
});

describe('a task that throws', () => {
  const explode = defineJob({
    name: 'explode',
    payload: z.object({ number: z.number() }),
    maxAttempts: 5,
  });
  const dependencies = () => taskDependencies(database.db.kysely, log.logger);

  test.each<[string, () => unknown]>([
    ['NUL', () => new Error('a\u0000b')],
    ['half a surrogate pair', () => new Error('a\uD83Db')],
    ['undefined', () => undefined],
    ['null', () => null],
    ['an error without a message', () => new Error('')],
    ['an object that cannot be read', () => Object.create(null)],
    ['a very long message', () => new Error('😀'.repeat(1_000_000))],
    [
      'an error that is its own cause',
      () => {
        const error = new Error('round');
        error.cause = error;
        return error;
      },
    ],
  ])('%s fails only its job, and the runner continues', async (_what, thrown) => {
    let rounds = 0;
    const { ended } = await start({
      explode: defineTask(explode, async () => {
        throw thrown();
      })(dependencies()),
      calm: async () => {
        rounds++;
      },
    });
    let hasEnded = false;
    ended.finally(() => {
      hasEnded = true;
    });
    await addJobs(3, 'explode');
    await addJobs(3, 'calm');
    const failed = { task: 'explode', attempts: 1, error: expect.any(String), locked: false, due: false };
    await eventually(async () => expect(await queuedJobs(database.db)).toEqual([failed, failed, failed]));
    await addJobs(1, 'calm');
    await eventually(() => expect(rounds).toBe(4));
    expect(hasEnded).toBe(false);
  });

  test('is retried when its job is due', async () => {
    const attempts: number[] = [];
    await addJobs(1, 'explode');
    await start({
      explode: async (_payload, { job }) => {
        attempts.push(job.attempts);
        if (job.attempts === 1) throw new Error('the first time');
      },
    });
    await eventually(async () =>
      expect(await queuedJobs(database.db)).toMatchObject([{ error: 'the first time', due: false }]),
    );
    await makeDue(database.db);
    await queueIsEmpty();
    expect(attempts).toEqual([1, 2]);
  });
});

test('a job of an unknown task stays in the queue and delays no other', async () => {
  let done = 0;
  await addJobs(5, 'of_a_later_version');
  await addJobs(5, 'known');
  await start(
    {
      known: async () => {
        done++;
      },
    },
    { concurrency: 1 },
  );
  await eventually(() => expect(done).toBe(5));
  await eventually(async () =>
    expect(await queuedJobs(database.db)).toEqual(
      Array(5).fill({ task: 'of_a_later_version', attempts: 0, error: null, locked: false, due: true }),
    ),
  );
});

test('log lines of the queue have the component queue', async () => {
  await start({ nothing: async () => {} }, { concurrency: 10, poolSize: 2 });
  await eventually(() => expect(log.lines.length).toBeGreaterThan(0));
  for (const line of log.lines) expect(line).toMatchObject({ component: 'queue', level: 'debug' });
});
