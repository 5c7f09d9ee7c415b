import { HEARTBEAT_TASKS, toHeartbeatTask } from '@incidents/db/lease';
import { eventually } from '@incidents/testing/eventually';
import { grantEndlessLease, setHeartbeatAge } from '@incidents/testing/fixtures/worker-pools';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { acquireWorkerLease, type WorkerLease } from './worker-lease.ts';

const database = useTestDatabase();
const leases: WorkerLease[] = [];
beforeEach(() => database.db.pool.query('truncate worker_pools, graphile_worker._private_jobs'));
afterEach(async () => {
  for (const lease of leases.splice(0)) await lease.release();
});

async function acquire(id: string) {
  const events = {
    lost: 0,
    errors: [] as unknown[],
    reaped: [] as string[],
    repairs: 0,
    setBack: [] as unknown[],
  };
  const lease = await acquireWorkerLease(
    database.db.kysely,
    { id, name: `host:${id}`, concurrency: 1, tasks: ['known'], recipients: [] },
    {
      onLost: () => events.lost++,
      onError: (error) => events.errors.push(error),
      onReaped: (pools) => events.reaped.push(...pools),
      onRepaired: () => events.repairs++,
      onClockSetBack: (found) => events.setBack.push(found),
    },
  );
  leases.push(lease);
  return { lease, events };
}

async function readHeartbeatAge(id: string): Promise<number | undefined> {
  const { rows } = await database.db.pool.query<{ seconds: number }>(
    'select extract(epoch from now() - heartbeat_at)::float8 as seconds from worker_pools where pool_id = $1',
    [id],
  );
  return rows[0]?.seconds;
}

test('renews the lease and queues one heartbeat job until the release', async () => {
  const { lease, events } = await acquire('a');
  await setHeartbeatAge(database.db, 'a', 4);
  await eventually(async () => expect(await readHeartbeatAge('a')).toBeLessThan(2));
  expect(lease.heartbeatTask).toBe(toHeartbeatTask(1));
  await eventually(async () => {
    const { rows } = await database.db.pool.query('select task_identifier as task from graphile_worker.jobs');
    expect(rows).toEqual([{ task: toHeartbeatTask(1) }]);
  });
  await lease.release();
  expect(await readHeartbeatAge('a')).toBeGreaterThan(3_600);
  expect(events).toEqual({ lost: 0, errors: [], reaped: [], repairs: 0, setBack: [] });
});

test('reports once that another pool has reaped it', async () => {
  const { events } = await acquire('a');
  await database.db.pool.query('delete from worker_pools');
  await eventually(() => expect(events.lost).toBe(1));
});

test('renews again after a failed renewal', async () => {
  const { events } = await acquire('a');
  await database.db.pool.query('alter table worker_pools rename to elsewhere');
  await eventually(() => expect(events.errors.length).toBeGreaterThan(0));
  await database.db.pool.query('alter table elsewhere rename to worker_pools');
  await setHeartbeatAge(database.db, 'a', 4);
  await eventually(async () => expect(await readHeartbeatAge('a')).toBeLessThan(2));
});

test('reaps an expired pool no earlier than LEASE_SECONDS after its own start', async () => {
  const begun = performance.now();
  await grantEndlessLease(database.db, 'expired');
  await setHeartbeatAge(database.db, 'expired', 60);
  const { events } = await acquire('a');
  await eventually(() => expect(events.reaped).toEqual(['test expired']), 15_000);
  expect(performance.now() - begun).toBeGreaterThan(5_000);
});

test('reaps no pool for LEASE_SECONDS after a late renewal or a clock set back', async () => {
  const { events } = await acquire('a');
  await grantEndlessLease(database.db, 'other');
  await setHeartbeatAge(database.db, 'other', 60);
  await eventually(() => expect(events.reaped).toEqual(['test other']), 15_000);
  // Now the database stood still, and only this pool renewed its lease again.
  await grantEndlessLease(database.db, 'other');
  const stoodStill = performance.now();
  await database.db.pool.query(`update worker_pools set heartbeat_at = now() - interval '20 seconds'`);
  await eventually(() => expect(events.reaped).toHaveLength(2), 15_000);
  expect(performance.now() - stoodStill).toBeGreaterThan(5_000);
  await grantEndlessLease(database.db, 'other');
  const setBack = performance.now();
  await database.db.pool.query(`update worker_pools set heartbeat_at = now() + interval '2 hours'`);
  await eventually(() => expect(events.reaped).toHaveLength(3), 15_000);
  expect(performance.now() - setBack).toBeGreaterThan(5_000);
});

test('reports once that the clock was set back and reschedules the jobs that were queued before', async () => {
  const { events } = await acquire('a');
  await database.db.pool.query(
    `select graphile_worker.add_job('known', run_at => now() - interval '10 seconds'),
       graphile_worker.add_job('known', run_at => now() + interval '1 minute'),
       graphile_worker.add_job('known', run_at => now() + interval '3 hours')`,
  );
  // A second time, after the first renewal, which reschedules in any case.
  for (let round = 0; round < 2; round++) {
    await setHeartbeatAge(database.db, 'a', 4);
    await eventually(async () => expect(await readHeartbeatAge('a')).toBeLessThan(2));
  }
  await database.db.pool.query(
    `with jobs as (
       update graphile_worker._private_jobs
       set run_at = run_at + interval '2 hours', created_at = created_at + interval '2 hours',
         updated_at = updated_at + interval '2 hours'
       where key is null and run_at < now() + interval '2 hours'
     )
     update worker_pools set heartbeat_at = now() + interval '2 hours'`,
  );
  await eventually(() => expect(events.setBack).toEqual([{ seconds: expect.closeTo(7_200, -1), jobs: 2 }]));
  const { rows } = await database.db.pool.query<{ delay: number }>(
    `select extract(epoch from run_at - now())::float8 as delay from graphile_worker.jobs
     where key is null order by id`,
  );
  expect(rows.map(({ delay }) => Math.abs(Math.round(delay / 60)))).toEqual([0, 1, 180]);
  await setHeartbeatAge(database.db, 'a', 4);
  await eventually(async () => expect(await readHeartbeatAge('a')).toBeLessThan(2));
  expect(events.setBack).toHaveLength(1);
});

test('the pattern of heartbeat tasks matches the task of a slot', () => {
  expect(toHeartbeatTask(12)).toMatch(new RegExp(`^${HEARTBEAT_TASKS.replace('%', '.*')}$`));
});
