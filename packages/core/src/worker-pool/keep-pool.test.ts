import { HEARTBEAT_TASKS, heartbeatTask } from '@incidents/db/lease';
import { eventually } from '@incidents/testing/eventually';
import { keepAlive, silence } from '@incidents/testing/fixtures/worker-pools';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type KeptPool, keepPool } from './keep-pool.ts';

const database = useTestDatabase();
const kept: KeptPool[] = [];
beforeEach(() => database.db.pool.query('truncate worker_pools, graphile_worker._private_jobs'));
afterEach(async () => {
  for (const pool of kept.splice(0)) await pool.release();
});

async function keep(id: string) {
  const told = {
    lost: 0,
    troubles: [] as unknown[],
    swept: [] as string[],
    tidied: 0,
    setBack: [] as unknown[],
  };
  const pool = await keepPool(
    database.db.kysely,
    { id, name: `host:${id}`, concurrency: 1, tasks: ['known'], recipients: [] },
    {
      onLost: () => told.lost++,
      onTrouble: (error) => told.troubles.push(error),
      onSwept: (pools) => told.swept.push(...pools),
      onTidied: () => told.tidied++,
      onClockSetBack: (found) => told.setBack.push(found),
    },
  );
  kept.push(pool);
  return { pool, told };
}

/** Seconds since the pool was last heard; undefined when nobody knows it. */
async function silentFor(id: string): Promise<number | undefined> {
  const { rows } = await database.db.pool.query<{ seconds: number }>(
    'select extract(epoch from now() - heartbeat_at)::float8 as seconds from worker_pools where pool_id = $1',
    [id],
  );
  return rows[0]?.seconds;
}

test('is heard and has a heartbeat job of its own, until it is released', async () => {
  const { pool, told } = await keep('a');
  await silence(database.db, 'a', 4);
  await eventually(async () => expect(await silentFor('a')).toBeLessThan(2));
  expect(pool.heartbeatTask).toBe(heartbeatTask(1));
  await eventually(async () => {
    const { rows } = await database.db.pool.query('select task_identifier as task from graphile_worker.jobs');
    expect(rows).toEqual([{ task: heartbeatTask(1) }]);
  });
  await pool.release();
  expect(await silentFor('a')).toBeGreaterThan(3_600);
  expect(told).toEqual({ lost: 0, troubles: [], swept: [], tidied: 0, setBack: [] });
});

test('learns that it was taken for dead, once', async () => {
  const { told } = await keep('a');
  await database.db.pool.query('delete from worker_pools');
  await eventually(() => expect(told.lost).toBe(1));
});

test('goes on when the database did not answer', async () => {
  const { told } = await keep('a');
  await database.db.pool.query('alter table worker_pools rename to elsewhere');
  await eventually(() => expect(told.troubles.length).toBeGreaterThan(0));
  await database.db.pool.query('alter table elsewhere rename to worker_pools');
  await silence(database.db, 'a', 4);
  await eventually(async () => expect(await silentFor('a')).toBeLessThan(2));
});

test('frees the jobs of one that fell silent, not before a full lease has passed since it began', async () => {
  const begun = performance.now();
  await keepAlive(database.db, 'silent');
  await silence(database.db, 'silent', 60);
  const { told } = await keep('a');
  await eventually(() => expect(told.swept).toEqual(['test silent']), 15_000);
  expect(performance.now() - begun).toBeGreaterThan(5_000);
});

test('after it was late itself, or the clock was set back, it frees nothing for a full lease', async () => {
  const { told } = await keep('a');
  await keepAlive(database.db, 'other');
  // It may free by now, and does.
  await silence(database.db, 'other', 60);
  await eventually(() => expect(told.swept).toEqual(['test other']), 15_000);
  // Now everything stood still, and only this one was heard again.
  await keepAlive(database.db, 'other');
  const stoodStill = performance.now();
  await database.db.pool.query(`update worker_pools set heartbeat_at = now() - interval '20 seconds'`);
  await eventually(() => expect(told.swept).toHaveLength(2), 15_000);
  expect(performance.now() - stoodStill).toBeGreaterThan(5_000);
  await keepAlive(database.db, 'other');
  const setBack = performance.now();
  await database.db.pool.query(`update worker_pools set heartbeat_at = now() + interval '2 hours'`);
  await eventually(() => expect(told.swept).toHaveLength(3), 15_000);
  expect(performance.now() - setBack).toBeGreaterThan(5_000);
});

test('after the clock was set back it says so once and reschedules what was queued before', async () => {
  const { told } = await keep('a');
  await database.db.pool.query(
    `select graphile_worker.add_job('known', run_at => now() - interval '10 seconds'),
       graphile_worker.add_job('known', run_at => now() + interval '1 minute'),
       graphile_worker.add_job('known', run_at => now() + interval '3 hours')`,
  );
  // Once more: the first round, which looks for such jobs without a cause, is over then.
  for (let round = 0; round < 2; round++) {
    await silence(database.db, 'a', 4);
    await eventually(async () => expect(await silentFor('a')).toBeLessThan(2));
  }
  // The last job is as if it had been queued since.
  await database.db.pool.query(
    `with jobs as (
       update graphile_worker._private_jobs
       set run_at = run_at + interval '2 hours', created_at = created_at + interval '2 hours',
         updated_at = updated_at + interval '2 hours'
       where key is null and run_at < now() + interval '2 hours'
     )
     update worker_pools set heartbeat_at = now() + interval '2 hours'`,
  );
  await eventually(() => expect(told.setBack).toEqual([{ seconds: expect.closeTo(7_200, -1), jobs: 2 }]));
  const { rows } = await database.db.pool.query<{ delay: number }>(
    `select extract(epoch from run_at - now())::float8 as delay from graphile_worker.jobs
     where key is null order by id`,
  );
  expect(rows.map(({ delay }) => Math.abs(Math.round(delay / 60)))).toEqual([0, 1, 180]);
  await silence(database.db, 'a', 4);
  await eventually(async () => expect(await silentFor('a')).toBeLessThan(2));
  expect(told.setBack).toHaveLength(1);
});

test('its jobs are no others', () => {
  expect(heartbeatTask(12)).toMatch(new RegExp(`^${HEARTBEAT_TASKS.replace('%', '.*')}$`));
});
