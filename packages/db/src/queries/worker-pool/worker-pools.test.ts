import { setHeartbeatAge } from '@incidents/testing/fixtures/worker-pools';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { beforeEach, describe, expect, test } from 'vitest';
import { LEASE_SECONDS, toHeartbeatTask } from '../../lease.ts';
import { queueHeartbeat } from './queue-heartbeat.ts';
import { reapExpiredPools } from './reap-expired-pools.ts';
import { registerPool } from './register-pool.ts';
import { releasePool } from './release-pool.ts';
import { renewLease } from './renew-lease.ts';
import { repairQueue } from './repair-queue.ts';
import { requeueUnknownTasks } from './requeue-unknown-tasks.ts';

const database = useTestDatabase();
const pool = (id: string, tasks = ['known']) => ({
  id,
  name: `host:${id}`,
  concurrency: 3,
  tasks,
  recipients: [],
});
const register = (id: string, tasks?: string[]) => registerPool(database.db.kysely, pool(id, tasks));
const poolIds = async () => {
  const { rows } = await database.db.pool.query<{ pool_id: string }>(
    'select pool_id from worker_pools order by pool_id',
  );
  return rows.map(({ pool_id }) => pool_id);
};

interface SomeJob {
  task: string;
  locked_by: string | null;
  attempts: number;
  last_error: string | null;
}
const jobs = async () => {
  const { rows } = await database.db.pool.query<SomeJob>(
    'select task_identifier as task, locked_by, attempts, last_error from graphile_worker.jobs order by id',
  );
  return rows;
};
const lockedJob = async (poolId: string | null, { task = 'known', since = 0, waits = 0 } = {}) => {
  await database.db.pool.query(
    `with job as (
       select id from graphile_worker.add_job($1, '{}', run_at => now() - make_interval(secs => $2), max_attempts => 5)
     ) select from job`,
    [task, waits],
  );
  await database.db.pool.query(
    `update graphile_worker._private_jobs
     set locked_by = $1, locked_at = case when $1::text is not null then now() - make_interval(secs => $2) end
     where id = (select max(id) from graphile_worker._private_jobs)`,
    [poolId, since],
  );
};

beforeEach(() => database.db.pool.query('truncate worker_pools, graphile_worker._private_jobs'));

describe('registerPool', () => {
  test('assigns the smallest free slot, also in concurrent calls', async () => {
    const slots = await Promise.all(Array.from({ length: 8 }, (_, index) => register(`p${index}`)));
    expect(slots.toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    await database.db.pool.query('delete from worker_pools where slot in (3, 5)');
    expect([await register('a'), await register('b'), await register('c')]).toEqual([3, 5, 9]);
  });

  test('requeues jobs that failed with an unknown task, and no others', async () => {
    await register('old', ['known']);
    await lockedJob(null, { task: 'new_one', waits: 61 });
    await lockedJob(null, { task: 'other', waits: 61 });
    expect((await repairQueue(database.db.kysely)).unknown).toBe(2);
    expect(await requeueUnknownTasks(database.db.kysely, ['known', 'new_one'])).toBe(false);
    expect(await jobs()).toMatchObject([
      { task: 'new_one', attempts: 0 },
      { task: 'other', attempts: 5 },
    ]);
  });

  test('requeues a bounded number of jobs per statement', async () => {
    for (let batch = 0; batch < 5; batch += 1) {
      await database.db.pool.query(
        `select count(graphile_worker.add_job('new_one', '{}', max_attempts => 1)) from generate_series(1, 500)`,
      );
    }
    await database.db.pool.query(
      `update graphile_worker._private_jobs set attempts = 1, last_error = 'no living worker knows this task'`,
    );
    const revive = () => requeueUnknownTasks(database.db.kysely, ['new_one']);
    expect([await revive(), await revive(), await revive()]).toEqual([true, true, false]);
    expect((await jobs()).every(({ attempts }) => attempts === 0)).toBe(true);
  });
});

describe('renewLease and queueHeartbeat', () => {
  test('returns the age of the last heartbeat', async () => {
    await register('a');
    await setHeartbeatAge(database.db, 'a', 4);
    expect(await renewLease(database.db.kysely, 'a')).toBeCloseTo(4, 0);
    expect(await renewLease(database.db.kysely, 'a')).toBeLessThan(2);
  });

  test('returns undefined for a reaped pool', async () => {
    expect(await renewLease(database.db.kysely, 'gone')).toBeUndefined();
  });

  test('queue at most one waiting job per pool', async () => {
    for (const slot of [1, 1, 2]) await queueHeartbeat(database.db.kysely, slot);
    expect((await jobs()).map(({ task }) => task)).toEqual([toHeartbeatTask(1), toHeartbeatTask(2)]);
  });
});

describe('reapExpiredPools', () => {
  test('frees jobs of expired leases only', async () => {
    for (const id of ['reaper', 'expired', 'slow']) await register(id);
    for (const id of ['reaper', 'expired', 'expired', 'slow']) await lockedJob(id);
    await setHeartbeatAge(database.db, 'expired', LEASE_SECONDS + 0.1);
    await setHeartbeatAge(database.db, 'slow', LEASE_SECONDS - 1);
    expect(await reapExpiredPools(database.db.kysely, 'reaper')).toEqual(['host:expired expired']);
    expect((await jobs()).map(({ locked_by }) => locked_by)).toEqual(['reaper', null, null, 'slow']);
    expect(await poolIds()).toEqual(['reaper', 'slow']);
    expect(await reapExpiredPools(database.db.kysely, 'reaper')).toEqual([]);
  });

  test.each([
    ['renewed its lease late', () => setHeartbeatAge(database.db, 'reaper', LEASE_SECONDS - 1)],
    ['was reaped', () => database.db.pool.query(`delete from worker_pools where pool_id = 'reaper'`)],
  ])('reaps no pool when the caller %s', async (_what, happens) => {
    for (const id of ['reaper', 'expired']) await register(id);
    await lockedJob('expired');
    await setHeartbeatAge(database.db, 'expired', 60);
    await happens();
    expect(await reapExpiredPools(database.db.kysely, 'reaper')).toEqual([]);
    expect(await jobs()).toMatchObject([{ locked_by: 'expired' }]);
  });

  test('reaps a pool once in concurrent calls', async () => {
    for (const id of ['reaper', 'expired']) await register(id);
    await setHeartbeatAge(database.db, 'expired', 60);
    const reaped = await Promise.all(
      Array.from({ length: 6 }, () => reapExpiredPools(database.db.kysely, 'reaper')),
    );
    expect(reaped.flat()).toEqual(['host:expired expired']);
  });
});

describe('after the clock was set back', () => {
  test('renewLease returns the negative age, and then renews', async () => {
    await register('a');
    await setHeartbeatAge(database.db, 'a', -7_200);
    expect(await renewLease(database.db.kysely, 'a')).toBeCloseTo(-7_200, -1);
    for (let renewals = 0; renewals < 100; renewals++)
      expect(await renewLease(database.db.kysely, 'a')).toBeGreaterThanOrEqual(0);
  });

  test('a pool without a new heartbeat is reaped, one with a new heartbeat is not', async () => {
    for (const id of ['reaper', 'not renewed', 'slow']) await register(id);
    for (const id of ['not renewed', 'slow']) await lockedJob(id);
    await setHeartbeatAge(database.db, 'not renewed', -7_200);
    await setHeartbeatAge(database.db, 'slow', LEASE_SECONDS - 1);
    expect(await reapExpiredPools(database.db.kysely, 'reaper')).toEqual(['host:not renewed not renewed']);
    expect((await jobs()).map(({ locked_by }) => locked_by)).toEqual([null, 'slow']);
  });

  test('a pool without a new heartbeat reaps no other', async () => {
    for (const id of ['reaper', 'expired']) await register(id);
    await database.db.pool.query(`update worker_pools set heartbeat_at = now() + interval '2 hours'`);
    expect(await reapExpiredPools(database.db.kysely, 'reaper')).toEqual([]);
  });

  test('repairQueue frees jobs that an unknown pool locked before', async () => {
    await lockedJob('unknown', { since: -7_200 });
    expect((await repairQueue(database.db.kysely)).unlocked).toEqual(['unknown']);
  });
});

describe('repairQueue', () => {
  const repair = () => repairQueue(database.db.kysely);

  test('unlocks jobs of pools without a row, after the time to insert one', async () => {
    await register('living');
    await lockedJob('unknown', { since: 31 });
    await lockedJob('starting', { since: 29 });
    await lockedJob('living', { since: 3_600 });
    expect((await repair()).unlocked).toEqual(['unknown']);
    expect((await jobs()).map(({ locked_by }) => locked_by)).toEqual([null, 'starting', 'living']);
  });

  test('removes heartbeat jobs that failed or have no pool', async () => {
    const slot = await register('living');
    await queueHeartbeat(database.db.kysely, slot);
    await queueHeartbeat(database.db.kysely, 7);
    await lockedJob(null, { task: toHeartbeatTask(slot) });
    await database.db.pool.query(
      `update graphile_worker._private_jobs set attempts = max_attempts where key is null`,
    );
    await repair();
    expect(await jobs()).toMatchObject([{ task: toHeartbeatTask(slot), attempts: 0 }]);
  });

  test('fails jobs whose task no worker has known for a minute, and keeps them', async () => {
    await register('living');
    await lockedJob(null, { task: 'mystery', waits: 61 });
    await lockedJob(null, { task: 'mystery', waits: 59 });
    await lockedJob(null, { task: 'known', waits: 3_600 });
    expect((await repair()).unknown).toBe(1);
    expect(await jobs()).toMatchObject([
      { task: 'mystery', attempts: 5, last_error: 'no living worker knows this task' },
      { task: 'mystery', attempts: 0, last_error: null },
      { task: 'known', attempts: 0, last_error: null },
    ]);
    expect(await repair()).toEqual({ unlocked: [], unknown: 0 });
  });
});

test('releasePool frees unfinished jobs; the next reaping frees later ones without reporting the pool', async () => {
  for (const id of ['a', 'b']) await register(id);
  for (const id of ['a', 'b']) await lockedJob(id);
  await releasePool(database.db.kysely, 'a');
  expect((await jobs()).map(({ locked_by }) => locked_by)).toEqual([null, 'b']);
  await lockedJob('a');
  expect(await reapExpiredPools(database.db.kysely, 'b')).toEqual([]);
  expect((await jobs()).map(({ locked_by }) => locked_by)).toEqual([null, 'b', null]);
  expect(await poolIds()).toEqual(['b']);
});
