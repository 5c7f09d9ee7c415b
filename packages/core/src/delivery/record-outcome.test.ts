import { claimDelivery } from '@incidents/db/queries/claim-delivery';
import { findDelivery } from '@incidents/db/queries/list-deliveries';
import { forgetDeliveries, someDelivery, waitingJobs } from '@incidents/db/testing/deliveries';
import { useTestDatabase } from '@incidents/db/testing/test-database';
import { THIS_POOL } from '@incidents/db/testing/worker-pools';
import { AFTER_FIRST_ATTEMPTS, deliver } from '@incidents/jobs/catalog';
import { beforeEach, expect, test, vi } from 'vitest';
import type { Outcome } from './channel.ts';
import { recordOutcome } from './record-outcome.ts';

const database = useTestDatabase();
const DAY = 86_400;
const job = {
  identifier: 'deliver',
  payload: { delivery_id: 1, request_id: 'r' },
  max_attempts: 25,
  priority: 10,
};
const busy: Outcome = { kind: 'retry', error: '451 busy' };

/** Of the jobs that are queued; the higher, the later. */
async function priorities(): Promise<number[]> {
  const { rows } = await database.db.pool.query<{ priority: number }>(
    'select priority from graphile_worker.jobs',
  );
  return rows.map(({ priority }) => priority);
}

beforeEach(() => forgetDeliveries(database.db));

/** Records `outcome` of deliveries that have been sent for `ages` seconds each. */
async function record(outcome: Outcome, { ages = [0], attempts = 1, maxAge = DAY } = {}) {
  const { db } = database;
  const deliveries = [];
  for (const age of ages) {
    const { id } = await someDelivery(db);
    await claimDelivery(db.kysely, id, THIS_POOL);
    deliveries.push({ id, age });
  }
  await db.pool.query('truncate graphile_worker._private_jobs');
  const context = { db: db.kysely, actor: 'worker', requestId: 'r' };
  const recorded = await recordOutcome(context, { deliveries, attempts, job }, outcome, maxAge);
  const rows = await Promise.all(deliveries.map(({ id }) => findDelivery(db.kysely, id)));
  return { recorded, rows, jobs: await waitingJobs(db) };
}

test('sent', async () => {
  const { recorded, rows, jobs } = await record({ kind: 'sent', providerMessageId: '77' });
  expect(recorded).toEqual({ state: 'sent' });
  expect(rows).toMatchObject([{ state: 'sent', attempts: 1, provider_message_id: '77', last_error: null }]);
  expect(jobs).toEqual([]);
});

test('refused for good: no other attempt, however young', async () => {
  const { recorded, rows, jobs } = await record({ kind: 'failed', error: '550 no such user' });
  expect(recorded).toEqual({ state: 'failed', error: '550 no such user' });
  expect(rows).toMatchObject([
    { state: 'failed', attempts: 1, last_error: '550 no such user', next_attempt_at: null },
  ]);
  expect(jobs).toEqual([]);
});

test('not its turn: again when the channel said, whatever the age, and no attempt was made', async () => {
  const { recorded, rows, jobs } = await record({ kind: 'wait', delay: 40_000 }, { ages: [2 * DAY] });
  expect(recorded).toEqual({ state: 'pending', retryIn: 40_000 });
  expect(rows).toMatchObject([{ state: 'pending', attempts: 0, last_error: null }]);
  expect(jobs).toEqual([expect.objectContaining({ task: 'deliver', in: expect.closeTo(40, -1) })]);
  expect(await priorities()).toEqual([job.priority]);
});

const closed: Outcome = { kind: 'closed', delay: 3_600_000, error: '429' };

test('closed: again when the channel said, and no attempt was made', async () => {
  const { recorded, rows, jobs } = await record(closed);
  expect(recorded).toEqual({ state: 'pending', retryIn: 3_600_000, error: '429' });
  expect(rows).toMatchObject([{ state: 'pending', attempts: 0, last_error: '429' }]);
  expect(jobs).toEqual([expect.objectContaining({ task: 'deliver', in: expect.closeTo(3_600, -1) })]);
  expect(await priorities()).toEqual([job.priority]);
});

test('closed for longer than the delivery may still be tried: once more at the end of its age', async () => {
  const { recorded } = await record(closed, { ages: [DAY - 100] });
  expect(recorded).toEqual({ state: 'pending', retryIn: 100_000, error: '429' });
});

test('closed at the end of its age: given up, and says why', async () => {
  const { recorded, rows, jobs } = await record(closed, { ages: [DAY] });
  expect(recorded).toEqual({ state: 'failed', error: 'not sent within 86400 s: 429' });
  expect(rows).toMatchObject([
    { state: 'failed', last_error: 'not sent within 86400 s: 429', next_attempt_at: null },
  ]);
  expect(jobs).toEqual([]);
});

test.each([
  { attempts: 1, from: 1.6, to: 2.4 },
  { attempts: 4, from: 24, to: 36 },
  { attempts: 50, from: 720, to: 1080 },
])(
  'it may work later: after $attempts attempt(s) again in $from to $to s',
  async ({ attempts, from, to }) => {
    const { recorded, rows, jobs } = await record(busy, { attempts, ages: [100] });
    expect(recorded).toMatchObject({ state: 'pending', error: '451 busy' });
    const retryIn = recorded.state === 'pending' ? recorded.retryIn / 1000 : 0;
    expect(retryIn).toBeGreaterThanOrEqual(from);
    expect(retryIn).toBeLessThanOrEqual(to);
    expect(rows).toMatchObject([{ state: 'pending', attempts: 1, last_error: '451 busy' }]);
    expect(jobs).toHaveLength(1);
    // Less what the test itself took.
    expect(jobs[0]?.in).toBeGreaterThan(retryIn - 5);
    expect(jobs[0]?.in).toBeLessThanOrEqual(retryIn);
  },
);

test('what failed before lets those go first that have not', async () => {
  await record(busy);
  expect(await priorities()).toEqual([AFTER_FIRST_ATTEMPTS]);
  expect(AFTER_FIRST_ATTEMPTS).toBeGreaterThan(deliver.priority ?? 0);
});

test('the last attempt falls on the end of the allowed age', async () => {
  const { recorded } = await record(busy, { attempts: 9, ages: [DAY - 100] });
  expect(recorded).toEqual({ state: 'pending', retryIn: 100_000, error: '451 busy' });
});

test.each([DAY, DAY + 1])('at an age of %i s it is given up', async (age) => {
  const { recorded, rows, jobs } = await record(busy, { attempts: 100, ages: [age] });
  expect(recorded).toEqual({ state: 'failed', error: '451 busy' });
  expect(rows).toMatchObject([{ state: 'failed', last_error: '451 busy', next_attempt_at: null }]);
  expect(jobs).toEqual([]);
});

test('the allowed age is what is given', async () => {
  expect((await record(busy, { ages: [59], maxAge: 60 })).recorded.state).toBe('pending');
  expect((await record(busy, { ages: [60], maxAge: 60 })).recorded.state).toBe('failed');
});

test('of a digest those alone are given up that are too old; what joined them lately is tried again', async () => {
  const { recorded, rows, jobs } = await record(busy, { attempts: 9, ages: [DAY + 5, DAY - 50, 10] });
  expect(rows).toMatchObject([
    { state: 'failed', last_error: '451 busy', next_attempt_at: null },
    { state: 'pending', last_error: '451 busy' },
    { state: 'pending', last_error: '451 busy' },
  ]);
  expect(recorded).toEqual({ state: 'pending', retryIn: 50_000, error: '451 busy' });
  expect(jobs).toHaveLength(1);
});

test('two that fail together do not come back together', async () => {
  const random = vi.spyOn(Math, 'random');
  random.mockReturnValueOnce(0).mockReturnValueOnce(1);
  const delays = [await record(busy), await record(busy)].map(({ recorded }) => recorded);
  random.mockRestore();
  expect(delays).toMatchObject([{ retryIn: 1_600 }, { retryIn: 2_400 }]);
});
