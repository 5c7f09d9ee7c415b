import { insertDeliveries } from '@incidents/db/queries/insert-deliveries';
import { waitingForLock } from '@incidents/db/testing/backends';
import { forgetDeliveries, plan, someEvent, waitingJobs } from '@incidents/db/testing/deliveries';
import { useTestDatabase } from '@incidents/db/testing/test-database';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { deleteJob } from './delete-job.ts';

const database = useTestDatabase();
const context = () => ({ db: database.db.kysely, actor: 'operator', requestId: 'r' });

beforeEach(() => forgetDeliveries(database.db));

/** Plans a delivery that gathers for a digest. */
const gather = async () =>
  insertDeliveries(
    database.db.kysely,
    plan(await someEvent(database.db), {
      recipients: ['duty@example.com'],
      storm: { threshold: 0, windowSeconds: 60, digestAfterSeconds: 30 },
    }),
  );
const digestJob = async () => {
  const { rows } = await database.db.pool.query<{ id: number }>('select id from graphile_worker.jobs');
  expect(rows).toHaveLength(1);
  return rows[0]?.id ?? 0;
};
const states = async () =>
  (await database.db.pool.query('select state from deliveries order by id')).rows.map(({ state }) => state);

test('whoever plans into a digest while its job is deleted: what he adds has a job, or is skipped too', async () => {
  for (let round = 0; round < 10; round++) {
    await forgetDeliveries(database.db);
    await gather();
    const id = await digestJob();
    await Promise.all([gather(), deleteJob(context(), id), gather()]);
    const jobs = await waitingJobs(database.db);
    const [first, ...others] = await states();
    expect(first).toBe('skipped');
    expect(others.includes('pending')).toBe(jobs.length > 0);
  }
});

test('what a planner who has the job has added is skipped with it', async () => {
  await gather();
  const id = await digestJob();
  const planner = await database.db.pool.connect();
  onTestFinished(() => planner.release(true));
  await planner.query('begin');
  await planner.query('update graphile_worker._private_jobs set revision = revision + 1 where id = $1', [id]);
  await planner.query(
    `insert into deliveries (event_id, incident_id, channel, transport, recipient, digest)
     select event_id + 1000, incident_id, channel, transport, recipient, digest from deliveries`,
  );
  const deleted = deleteJob(context(), id);
  await waitingForLock(database.db, 'incidents-test');
  await planner.query('commit');
  await deleted;
  expect(await states()).toEqual(['skipped', 'skipped']);
});
