import { listDeliveries } from '@incidents/db/queries/list-deliveries';
import { forgetDeliveries, someChange, someEvent, waitingJobs } from '@incidents/db/testing/deliveries';
import { useTestDatabase } from '@incidents/db/testing/test-database';
import { catalog } from '@incidents/jobs/catalog';
import { beforeEach, expect, test } from 'vitest';
import { planDeliveries } from './plan-deliveries.ts';

const database = useTestDatabase();
const storm = { threshold: 1, windowSeconds: 60, digestAfterSeconds: 30 };
const channel = { name: 'email', transport: 'smtp', recipients: ['a@example.com'] } as const;

beforeEach(() => forgetDeliveries(database.db));

const planFor = async (
  make: typeof someEvent,
  differing: { transport?: 'smtp' | 'log'; recipients?: string[] } = {},
) => {
  const { event_id, incident_id } = await make(database.db);
  await planDeliveries(
    { db: database.db.kysely, actor: 'worker', requestId: 'r' },
    { incidentId: incident_id, eventId: event_id },
    { ...channel, recipients: ['a@example.com'], ...differing },
    storm,
  );
  return listDeliveries(database.db.kysely, incident_id, { skip: 0, limit: 10 });
};

test('the jobs that it queues are ones that the worker takes', async () => {
  await planFor(someEvent);
  await planFor(someEvent);
  const jobs = await waitingJobs(database.db);
  expect(jobs.map(({ task }) => task)).toEqual(['deliver', 'send_digest']);
  for (const { task, payload } of jobs) {
    expect(catalog[task === 'deliver' ? task : 'send_digest'].payload.parse(payload)).toEqual(payload);
  }
  expect(jobs[0]?.in).toBeLessThanOrEqual(0);
  expect(jobs[1]?.in).toBeGreaterThan(20);
  expect(jobs[1]?.in).toBeLessThanOrEqual(30.5);
});

test('new incidents beyond the threshold gather, changes never do', async () => {
  expect(await planFor(someEvent)).toMatchObject([{ digest: false }]);
  expect(await planFor(someEvent)).toMatchObject([{ digest: true }]);
  expect(await planFor(someChange)).toMatchObject([{ digest: false }]);
});

test('the log takes everything by itself', async () => {
  for (let index = 0; index < 3; index++) {
    expect(await planFor(someEvent, { transport: 'log', recipients: ['log'] })).toMatchObject([
      { digest: false, transport: 'log' },
    ]);
  }
});

test('an event that there is not is told to nobody', async () => {
  await planDeliveries(
    { db: database.db.kysely, actor: 'worker', requestId: 'r' },
    { incidentId: 1, eventId: 404 },
    { ...channel, recipients: ['a@example.com'] },
    storm,
  );
  expect(await waitingJobs(database.db)).toEqual([]);
});
