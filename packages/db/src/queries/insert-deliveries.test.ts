import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { createDb } from '../client.ts';
import { waitingForLock } from '../testing/backends.ts';
import {
  forgetDeliveries,
  plan,
  type SomeEvent,
  someChange,
  someEvent,
  waitingJobs,
} from '../testing/deliveries.ts';
import { useTestDatabase } from '../testing/test-database.ts';
import type { DeliveryRow } from './delivery-row.ts';
import { type DeliveryPlan, insertDeliveries } from './insert-deliveries.ts';
import { listDeliveries } from './list-deliveries.ts';

const database = useTestDatabase();
const storm = { threshold: 5, windowSeconds: 60, digestAfterSeconds: 30 };
const people = ['a@example.com', 'b@example.com', 'c@example.com'];

const insert = (event: SomeEvent, differing: Partial<DeliveryPlan> = {}) =>
  insertDeliveries(database.db.kysely, plan(event, differing));
const deliveriesOf = ({ incident_id }: SomeEvent) =>
  listDeliveries(database.db.kysely, incident_id, { skip: 0, limit: 100 });
const everyDelivery = async () => {
  const { rows } = await database.db.pool.query<
    Pick<DeliveryRow, 'id' | 'channel' | 'recipient' | 'digest' | 'incident_id'>
  >('select id, channel, recipient, digest, incident_id from deliveries order by id');
  return rows;
};
/** How many of a recipient's deliveries are sent by themselves, and how many gather. */
const split = (rows: Awaited<ReturnType<typeof everyDelivery>>, recipient: string) => {
  const own = rows.filter((row) => row.recipient === recipient);
  return {
    single: own.filter(({ digest }) => !digest).length,
    digest: own.filter(({ digest }) => digest).length,
  };
};

beforeEach(() => forgetDeliveries(database.db));

test('one delivery for each recipient, each with a job of its own that runs now', async () => {
  const event = await someEvent(database.db);
  await insert(event, { recipients: people });
  const rows = await deliveriesOf(event);
  expect(rows.map(({ recipient }) => recipient)).toEqual(people);
  for (const row of rows) {
    expect(row).toMatchObject({
      ...event,
      channel: 'email',
      transport: 'smtp',
      state: 'pending',
      attempts: 0,
      provider_message_id: null,
      last_error: null,
      digest: false,
      next_attempt_at: row.created_at,
      sent_at: null,
    });
  }
  const jobs = await waitingJobs(database.db);
  expect(jobs.map(({ task, payload, key }) => ({ task, payload, key }))).toEqual(
    rows.map(({ id }) => ({
      task: 'deliver',
      payload: { delivery_id: id, incident_id: event.incident_id, request_id: 'r' },
      key: `delivery:${id}`,
    })),
  );
  expect(jobs.filter((job) => job.in > 0)).toEqual([]);
});

test('planned again, also with one recipient more, only what was missing is added', async () => {
  const event = await someEvent(database.db);
  await insert(event, { recipients: people.slice(0, 2) });
  const before = await deliveriesOf(event);
  await insert(event, { recipients: people.slice(0, 2) });
  expect(await deliveriesOf(event)).toEqual(before);
  await insert(event, { recipients: people });
  const after = await deliveriesOf(event);
  expect(after.slice(0, 2)).toEqual(before);
  expect(after.map(({ recipient }) => recipient)).toEqual(people);
  expect((await waitingJobs(database.db)).map(({ payload }) => payload.delivery_id)).toEqual(
    after.map(({ id }) => id),
  );
});

test('planned by many at once, every recipient gets one delivery and one job', async () => {
  const event = await someEvent(database.db);
  await Promise.all(Array.from({ length: 12 }, () => insert(event, { recipients: people, storm })));
  const rows = await deliveriesOf(event);
  expect(rows.map(({ recipient }) => recipient).sort()).toEqual(people);
  const jobs = await waitingJobs(database.db);
  expect(jobs.map(({ payload }) => payload.delivery_id).sort()).toEqual(rows.map(({ id }) => id).sort());
});

test('the table itself refuses a second delivery of an event to the same recipient over the same channel', async () => {
  const event = await someEvent(database.db);
  await insert(event);
  const again = database.db.pool.query(
    `insert into deliveries (event_id, incident_id, channel, transport, recipient)
     values ($1, $2, 'email', 'smtp', 'duty@example.com')`,
    [event.event_id, event.incident_id],
  );
  await expect(again).rejects.toMatchObject({ code: '23505' });
  await insert(event, { channel: 'telegram', transport: 'telegram', recipients: ['duty@example.com'] });
  expect(await deliveriesOf(event)).toHaveLength(2);
});

test('when the jobs cannot be queued there are no deliveries either', async () => {
  const event = await someEvent(database.db);
  const bad = { identifier: 'x'.repeat(200), payload: {} };
  await expect(insert(event, { recipients: people, deliverJob: bad })).rejects.toThrow();
  expect(await deliveriesOf(event)).toEqual([]);
  expect(await waitingJobs(database.db)).toEqual([]);
});

describe('in a storm', () => {
  test('so many are told by themselves, the rest waits for the one digest job of its recipient', async () => {
    const events: SomeEvent[] = [];
    for (let index = 0; index < 12; index++) {
      const event = await someEvent(database.db);
      events.push(event);
      await insert(event, { recipients: people.slice(0, 2), storm });
    }
    const rows = await everyDelivery();
    for (const recipient of people.slice(0, 2)) {
      const own = rows.filter((row) => row.recipient === recipient);
      expect(own.map(({ digest }) => digest)).toEqual([...Array(5).fill(false), ...Array(7).fill(true)]);
    }
    const [last] = await deliveriesOf(events.at(-1) ?? { event_id: 0, incident_id: 0 });
    expect(last).toMatchObject({ state: 'pending', digest: true, next_attempt_at: null });

    const jobs = await waitingJobs(database.db);
    const singles = rows.filter(({ digest }) => !digest).map(({ id }) => id);
    expect(jobs.filter(({ task }) => task === 'deliver').map(({ payload }) => payload.delivery_id)).toEqual(
      singles,
    );
    expect(
      jobs
        .filter(({ task }) => task === 'send_digest')
        .map(({ payload, key }) => ({ payload, key }))
        .sort((a, b) => String(a.key).localeCompare(String(b.key))),
    ).toEqual(
      people.slice(0, 2).map((recipient) => ({
        payload: { channel: 'email', recipient, request_id: 'r' },
        key: `digest:email:${recipient}`,
      })),
    );
  });

  test('what joins a digest does not put it off', async () => {
    const none = { threshold: 0, windowSeconds: 60, digestAfterSeconds: 30 };
    const digestJob = (run_at: string) => ({
      identifier: 'send_digest',
      payload: { channel: 'email', request_id: 'r' },
      run_at,
    });
    await insert(await someEvent(database.db), {
      storm: none,
      digestJob: digestJob('2100-01-01T00:00:00.000Z'),
    });
    const [first] = await waitingJobs(database.db);
    await insert(await someEvent(database.db), {
      storm: none,
      digestJob: digestJob('2101-01-01T00:00:00.000Z'),
    });
    const [second, ...others] = await waitingJobs(database.db);
    expect(others).toEqual([]);
    expect(Math.abs((second?.in ?? 0) - (first?.in ?? 0))).toBeLessThan(60);
  });

  test('however many plan at once, no recipient gets more than the threshold by itself', async () => {
    const wide = createDb({
      url: database.url,
      poolSize: 16,
      connectionTimeout: 30_000,
      applicationName: 'incidents-planners',
      onConnectionError: () => {},
    });
    onTestFinished(() => wide.close());
    const events = await Promise.all(Array.from({ length: 60 }, () => someEvent(database.db)));
    await Promise.all(
      events.flatMap((event, index) => {
        // In changing order: planners that wait for one another in a circle would all fail.
        const recipients = [...people.slice(index % 3), ...people.slice(0, index % 3)];
        const planned = plan(event, { recipients, storm });
        // Each twice, as a job is that ran again.
        return [insertDeliveries(wide.kysely, planned), insertDeliveries(wide.kysely, planned)];
      }),
    );
    const rows = await everyDelivery();
    for (const recipient of people) expect(split(rows, recipient)).toEqual({ single: 5, digest: 55 });
    const jobs = await waitingJobs(database.db);
    expect(jobs.filter(({ task }) => task === 'deliver')).toHaveLength(3 * 5);
    expect(
      jobs
        .filter(({ task }) => task === 'send_digest')
        .map(({ payload }) => payload.recipient)
        .sort(),
    ).toEqual(people);
  });

  test('whoever plans while another has not committed yet waits, and counts what that one planned', async () => {
    const waiter = createDb({
      url: database.url,
      poolSize: 1,
      applicationName: 'incidents-waiter',
      onConnectionError: () => {},
    });
    onTestFinished(() => waiter.close());
    const one = { threshold: 1, windowSeconds: 60, digestAfterSeconds: 30 };
    const [first, second] = [await someEvent(database.db), await someEvent(database.db)];
    const client = await database.db.pool.connect();
    try {
      // What `insertDeliveries` holds until its transaction ends.
      await client.query('begin');
      await client.query(`select pg_advisory_xact_lock(hashtextextended('email:duty@example.com', 0))`);
      const waiting = insertDeliveries(waiter.kysely, plan(second, { storm: one }));
      await waitingForLock(database.db, 'incidents-waiter');
      // Another recipient and another channel are not concerned.
      await insert(second, { storm: one, recipients: ['somebody@example.com'] });
      await insert(second, { storm: one, channel: 'telegram', transport: 'telegram', recipients: ['7'] });
      await client.query(
        `insert into deliveries (event_id, incident_id, channel, transport, recipient)
         values ($1, $2, 'email', 'smtp', 'duty@example.com')`,
        [first.event_id, first.incident_id],
      );
      await client.query('commit');
      await waiting;
    } finally {
      client.release();
    }
    const rows = (await everyDelivery()).filter(({ recipient }) => recipient === 'duty@example.com');
    expect(rows.map(({ incident_id, digest }) => ({ incident_id, digest }))).toEqual([
      { incident_id: first.incident_id, digest: false },
      { incident_id: second.incident_id, digest: true },
    ]);
  });

  test('each channel counts for itself', async () => {
    const one = { threshold: 1, windowSeconds: 60, digestAfterSeconds: 30 };
    for (let index = 0; index < 3; index++) {
      const event = await someEvent(database.db);
      await insert(event, { storm: one, recipients: ['7'] });
      if (index > 0) {
        await insert(event, { storm: one, recipients: ['7'], channel: 'telegram', transport: 'telegram' });
      }
    }
    const rows = await everyDelivery();
    const digests = (channel: string) =>
      rows.filter((row) => row.channel === channel).map(({ digest }) => digest);
    expect(digests('email')).toEqual([false, true, true]);
    expect(digests('telegram')).toEqual([false, true]);
    const keys = (await waitingJobs(database.db))
      .map(({ key }) => key)
      .filter((key) => key?.startsWith('digest'));
    expect(keys.sort()).toEqual(['digest:email:7', 'digest:telegram:7']);
  });

  test('only new incidents count, and only they gather', async () => {
    const one = { threshold: 1, windowSeconds: 60, digestAfterSeconds: 30 };
    for (let index = 0; index < 3; index++) await insert(await someChange(database.db));
    await insert(await someEvent(database.db), { storm: one });
    await insert(await someChange(database.db));
    expect((await everyDelivery()).map(({ digest }) => digest)).toEqual(Array(5).fill(false));
  });

  test('what is older than the window counts no more', async () => {
    const one = { threshold: 1, windowSeconds: 60, digestAfterSeconds: 30 };
    await insert(await someEvent(database.db), { storm: one });
    await database.db.pool.query(`update deliveries set created_at = now() - interval '59 seconds'`);
    await insert(await someEvent(database.db), { storm: one });
    await database.db.pool.query(`update deliveries set created_at = now() - interval '61 seconds'`);
    await insert(await someEvent(database.db), { storm: one });
    expect((await everyDelivery()).map(({ digest }) => digest)).toEqual([false, true, false]);
  });
});
