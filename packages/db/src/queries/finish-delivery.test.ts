import { beforeEach, describe, expect, test } from 'vitest';
import {
  deliveryOf,
  forgetDeliveries,
  gatheredDelivery,
  someDelivery,
  waitingJobs,
} from '../testing/deliveries.ts';
import { useTestDatabase } from '../testing/test-database.ts';
import { THIS_POOL } from '../testing/worker-pools.ts';
import { claimDelivery } from './claim-delivery.ts';
import { markEnded, markSent, postpone, retryDelivery } from './finish-delivery.ts';
import { findDelivery } from './list-deliveries.ts';

const database = useTestDatabase();
const job = { identifier: 'deliver', payload: { delivery_id: 1, request_id: 'again' }, max_attempts: 25 };

/** A delivery that is being sent, and nothing in the queue. */
async function beingSent() {
  const { id } = await someDelivery(database.db);
  await database.db.pool.query('truncate graphile_worker._private_jobs');
  const claimed = await claimDelivery(database.db.kysely, id, THIS_POOL);
  if (claimed === undefined) throw new Error('not claimed');
  const { age, event_kind, ...row } = claimed;
  return row;
}
const find = (id: number) => findDelivery(database.db.kysely, id);
const secondsUntil = (time: string | null | undefined) => (Date.parse(time ?? '') - Date.now()) / 1000;

beforeEach(() => forgetDeliveries(database.db));

test('sent: with what the channel calls it, when it left, and no trace of earlier errors', async () => {
  const { id } = await beingSent();
  const other = await someDelivery(database.db);
  await database.db.pool.query(`update deliveries set last_error = 'busy'`);
  const otherBefore = await find(other.id);
  await markSent(database.db.kysely, [id], '<m-1@example.com>');
  const row = await find(id);
  expect(row).toMatchObject({
    state: 'sent',
    attempts: 1,
    provider_message_id: '<m-1@example.com>',
    last_error: null,
    next_attempt_at: null,
    sent_at: row?.updated_at,
  });
  expect(Math.abs(secondsUntil(row?.sent_at))).toBeLessThan(10);
  expect(await find(other.id)).toEqual(otherBefore);
  expect(await claimDelivery(database.db.kysely, id, THIS_POOL)).toBeUndefined();
});

test('all of a digest are sent in one message', async () => {
  const rows = [await gatheredDelivery(database.db, 'a'), await gatheredDelivery(database.db, 'a')];
  await markSent(
    database.db.kysely,
    rows.map(({ id }) => id),
    '77',
  );
  for (const { id } of rows) {
    expect(await find(id)).toMatchObject({ state: 'sent', provider_message_id: '77', digest: true });
  }
});

test.each(['failed', 'skipped'] as const)('%s: with the reason, and never again by itself', async (state) => {
  const before = await beingSent();
  await markEnded(database.db.kysely, [before.id], state, '550 no such user');
  const row = await find(before.id);
  expect(row).toEqual({
    ...before,
    state,
    last_error: '550 no such user',
    next_attempt_at: null,
    updated_at: row?.updated_at,
  });
  expect(await claimDelivery(database.db.kysely, before.id, THIS_POOL)).toBeUndefined();
});

describe('postponed', () => {
  test('an attempt that counts: one new job, for the moment at which the delivery is due', async () => {
    const { id } = await beingSent();
    await postpone(database.db.kysely, [id], { delay: 90_000, error: '451 busy', attemptCounts: true, job });
    const row = await find(id);
    expect(row).toMatchObject({ state: 'pending', attempts: 1, last_error: '451 busy', sent_at: null });
    const [queued, ...others] = await waitingJobs(database.db);
    expect(others).toEqual([]);
    expect(queued).toMatchObject({ task: 'deliver', payload: job.payload });
    expect(queued?.in).toBeGreaterThan(80);
    expect(queued?.in).toBeLessThanOrEqual(90);
    // The very same time, but for what a column of milliseconds rounds off.
    const { rows } = await database.db.pool.query<{ apart: number }>(
      `select abs(extract(epoch from run_at - next_attempt_at))::float8 as apart
       from graphile_worker.jobs, deliveries`,
    );
    expect(rows).toHaveLength(1);
    expect(rows[0]?.apart).toBeLessThanOrEqual(0.000_5);
  });

  test('a wait does not count, and leaves the last error as it is unless it has one', async () => {
    const { id } = await beingSent();
    await database.db.pool.query(`update deliveries set last_error = 'earlier'`);
    const wait = { delay: 1_000, attemptCounts: false, job };
    await postpone(database.db.kysely, [id], { ...wait, error: null });
    expect(await find(id)).toMatchObject({ state: 'pending', attempts: 0, last_error: 'earlier' });
    await database.db.pool.query('update deliveries set next_attempt_at = now()');
    await claimDelivery(database.db.kysely, id, THIS_POOL);
    await postpone(database.db.kysely, [id], { ...wait, error: '429' });
    expect(await find(id)).toMatchObject({ state: 'pending', attempts: 0, last_error: '429' });
  });

  test('several need one job', async () => {
    const [one, two] = [await beingSent(), await beingSent()];
    const keyed = { ...job, job_key: 'digest:email:a' };
    const postponement = { delay: 5_000, error: 'busy', attemptCounts: true, job: keyed };
    await postpone(database.db.kysely, [one.id, two.id], postponement);
    expect(await find(one.id)).toMatchObject({ state: 'pending', last_error: 'busy' });
    expect(await find(two.id)).toMatchObject({ state: 'pending', last_error: 'busy' });
    expect(await waitingJobs(database.db)).toMatchObject([{ task: 'deliver', key: 'digest:email:a' }]);
  });

  test.each(['pending', 'sent', 'failed', 'skipped'])(
    'one that is %s is not, and no job is queued',
    async (state) => {
      const { id } = await beingSent();
      await database.db.pool.query('update deliveries set state = $1', [state]);
      const before = await find(id);
      await postpone(database.db.kysely, [id], { delay: 0, error: 'late', attemptCounts: true, job });
      expect(await find(id)).toEqual(before);
      expect(await waitingJobs(database.db)).toEqual([]);
    },
  );
});

describe('sent again on request', () => {
  const retryJob = { identifier: 'deliver', payload: { request_id: 'retry' }, max_attempts: 25 };

  test('a failed one begins a new series, by itself even if it was part of a digest', async () => {
    const before = await gatheredDelivery(database.db, 'a');
    await database.db.pool.query(
      `update deliveries set state = 'failed', attempts = 40, last_error = '550', next_attempt_at = null,
         series_began_at = now() - interval '2 days'`,
    );
    await database.db.pool.query('truncate graphile_worker._private_jobs');
    const retried = await retryDelivery(database.db.kysely, before.id, retryJob);
    const row = await deliveryOf(database.db, before.incident_id);
    expect(retried).toEqual(row);
    expect(row).toMatchObject({ state: 'pending', attempts: 0, digest: false });
    expect(await waitingJobs(database.db)).toMatchObject([
      {
        task: 'deliver',
        payload: { delivery_id: before.id, incident_id: before.incident_id, request_id: 'retry' },
      },
    ]);
    const claimed = await claimDelivery(database.db.kysely, before.id, THIS_POOL);
    expect(claimed).toMatchObject({ attempts: 1 });
    expect(claimed?.age).toBeLessThan(60);
  });

  test('by several at once it is queued once', async () => {
    const { id } = await beingSent();
    await markEnded(database.db.kysely, [id], 'failed', '550');
    const results = await Promise.all(
      Array.from({ length: 8 }, () => retryDelivery(database.db.kysely, id, retryJob)),
    );
    expect(results.filter((retried) => retried)).toHaveLength(1);
    expect(await waitingJobs(database.db)).toHaveLength(1);
  });

  test.each(['pending', 'sending', 'sent', 'skipped'])('one that is %s is left alone', async (state) => {
    const { id } = await beingSent();
    await database.db.pool.query('update deliveries set state = $1', [state]);
    const before = await find(id);
    expect(await retryDelivery(database.db.kysely, id, retryJob)).toBeUndefined();
    expect(await find(id)).toEqual(before);
    expect(await waitingJobs(database.db)).toEqual([]);
  });

  test('there is none with this id', async () => {
    expect(await retryDelivery(database.db.kysely, 404, retryJob)).toBeUndefined();
    expect(await waitingJobs(database.db)).toEqual([]);
  });
});
