import { beforeEach, expect, test } from 'vitest';
import { forgetDeliveries, someDelivery, waitingJobs } from '../testing/deliveries.ts';
import { useTestDatabase } from '../testing/test-database.ts';
import { requeueDelivery } from './requeue-delivery.ts';

const database = useTestDatabase();
const job = { identifier: 'deliver', payload: { request_id: 'r' }, job_key: 'delivery:1' };

beforeEach(() => forgetDeliveries(database.db));

/** Requeues a delivery that was changed so, twice; returns the jobs that wait then. */
async function requeue(assignment: string) {
  const { id } = await someDelivery(database.db);
  await database.db.pool.query('truncate graphile_worker._private_jobs');
  await database.db.pool.query(`update deliveries set ${assignment} where id = $1`, [id]);
  await requeueDelivery(database.db.kysely, id, job);
  await requeueDelivery(database.db.kysely, id, job);
  return waitingJobs(database.db);
}

test.each([
  ['not due yet', `next_attempt_at = now() + interval '40 seconds'`, 40],
  ['long due: the lease had run out for a moment', `next_attempt_at = now() - interval '1 hour'`, 1],
  ['taken by a worker that is gone', `state = 'sending'`, 1],
])('a delivery that is %s gets one job', async (_what, assignment, seconds) => {
  const [queued, ...others] = await requeue(assignment);
  expect(others).toEqual([]);
  expect(queued?.in).toBeLessThanOrEqual(seconds);
  expect(queued?.in).toBeGreaterThan(seconds - 5);
});

test.each([
  ['was sent', `state = 'sent', next_attempt_at = null`],
  ['waits for a digest', 'next_attempt_at = null'],
  ['is about an event that is gone', 'event_id = 0'],
])('a delivery that %s gets none', async (_what, assignment) => {
  expect(await requeue(assignment)).toEqual([]);
});
