import {
  changeOf,
  forgetDeliveries,
  outboxes,
  planEvents,
  someEvent,
} from '@incidents/testing/fixtures/deliveries';
import { grantEndlessLease, markPoolReleased, THIS_POOL } from '@incidents/testing/fixtures/worker-pools';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { beforeEach, describe, expect, test } from 'vitest';
import { type ClaimedDelivery, claimDeliveries } from './claim-deliveries.ts';
import { type DeliveryResult, type OutboxClosure, recordDeliveries } from './record-deliveries.ts';

const database = useTestDatabase();

beforeEach(async () => {
  await forgetDeliveries(database.db);
  await grantEndlessLease(database.db);
});

const record = (records: DeliveryResult[], pauses: OutboxClosure[] = [], pool = THIS_POOL) =>
  recordDeliveries(database.db.kysely, pool, records, pauses);

async function taken(count = 1, pool = THIS_POOL): Promise<ClaimedDelivery[]> {
  for (let index = 0; index < count; index++) await planEvents(database.db, [await someEvent(database.db)]);
  return takeAll(pool);
}
async function takeAll(pool: string): Promise<ClaimedDelivery[]> {
  const [box] = await outboxes(database.db);
  const [found] = await claimDeliveries(database.db.kysely, [{ outboxId: box?.id ?? 0, limit: 20 }], {
    poolId: pool,
    mergesEvents: false,
  });
  return found?.deliveries ?? [];
}

interface Row {
  id: number;
  state: string;
  attempts: number;
  provider_message_id: string | null;
  last_error: string | null;
  next_in: number | null;
  sent: boolean;
  digest: boolean;
}
async function rows(): Promise<Row[]> {
  const found = await database.db.pool.query<Row>(
    `select id, state, attempts, provider_message_id, last_error, digest, sent_at is not null as sent,
       extract(epoch from next_attempt_at - now())::float8 as next_in
     from deliveries order by id`,
  );
  return found.rows;
}
async function versions() {
  return (await database.db.pool.query('select id, xmin::text as version from deliveries order by id')).rows;
}
const set = (assignments: string) => database.db.pool.query(`update deliveries set ${assignments}`);

async function takenOver(): Promise<ClaimedDelivery> {
  await grantEndlessLease(database.db, 'released');
  const [delivery] = await taken(1, 'released');
  await markPoolReleased(database.db, 'released');
  expect(await takeAll(THIS_POOL)).toHaveLength(1);
  if (delivery === undefined) throw new Error('nothing was taken');
  return delivery;
}

describe('a delivery that was sent', () => {
  test.each(['sent', 'logged'] as const)(
    'is %s, with the id of its message, a time and no error',
    async (state) => {
      const [delivery] = await taken();
      await set(`last_error = 'busy'`);
      await record([{ id: delivery?.id ?? 0, state, providerMessageId: 'm-7' }]);
      expect(await rows()).toEqual([
        {
          id: delivery?.id,
          state,
          attempts: 1,
          provider_message_id: 'm-7',
          last_error: null,
          next_in: null,
          sent: true,
          digest: false,
        },
      ]);
    },
  );

  test('in a digest stores no message that can be edited', async () => {
    const [delivery] = await taken();
    await record([{ id: delivery?.id ?? 0, state: 'sent', inDigest: true }]);
    expect(await rows()).toMatchObject([{ state: 'sent', digest: true, provider_message_id: null }]);
  });

  test.each(['sending', 'pending', 'failed', 'skipped'])(
    'is sent, though another pool has it now and left it %s',
    async (state) => {
      const { id } = await takenOver();
      await set(`state = '${state}', last_error = 'busy'`);
      await record([{ id, state: 'sent', providerMessageId: 'm-7' }], [], 'released');
      expect(await rows()).toMatchObject([
        { state: 'sent', provider_message_id: 'm-7', last_error: null, sent: true },
      ]);
    },
  );

  test('stays sent when another result is recorded', async () => {
    const { id } = await takenOver();
    await record([{ id, state: 'sent', providerMessageId: 'm-7' }], [], 'released');
    const before = await versions();
    for (const state of ['pending', 'failed', 'skipped'] as const) {
      await record([{ id, state, error: 'late', delayMs: 5_000, isUncounted: true }]);
    }
    expect(await versions()).toEqual(before);
  });
});

describe('a delivery that was not sent', () => {
  test.each(['failed', 'skipped'] as const)('becomes %s permanently, with the reason', async (state) => {
    const [delivery] = await taken();
    await record([{ id: delivery?.id ?? 0, state, error: '550' }]);
    expect(await rows()).toMatchObject([
      { state, attempts: 1, last_error: '550', next_in: null, sent: false },
    ]);
  });

  test('is retried after the delay; the attempt counts', async () => {
    const [delivery] = await taken();
    await record([{ id: delivery?.id ?? 0, state: 'pending', error: 'busy', delayMs: 90_000 }]);
    expect(await rows()).toMatchObject([
      { state: 'pending', attempts: 1, last_error: 'busy', next_in: expect.closeTo(90, 0) },
    ]);
  });

  test('is unchanged when no send began', async () => {
    const [first] = await taken();
    await set(`next_attempt_at = '2026-01-01', last_error = 'busy', attempts = 5`);
    await record([{ id: first?.id ?? 0, state: 'pending', isUncounted: true }]);
    expect(await rows()).toMatchObject([{ state: 'pending', attempts: 4, last_error: 'busy' }]);
    const { rows: times } = await database.db.pool.query(
      `select next_attempt_at = '2026-01-01' as unchanged from deliveries`,
    );
    expect(times).toEqual([{ unchanged: true }]);
  });

  test.each<DeliveryResult['state']>(['pending', 'failed', 'skipped'])(
    'is not %s by a pool that has lost it to another',
    async (state) => {
      const { id } = await takenOver();
      const before = await versions();
      await record([{ id, state, error: 'late', delayMs: 5_000, isUncounted: true }], [], 'released');
      expect(await versions()).toEqual(before);
    },
  );

  test.each<DeliveryResult['state']>(['pending', 'failed', 'skipped'])(
    'is not %s by its own pool when it is not being sent any more',
    async (state) => {
      const [delivery] = await taken();
      await set(`state = 'pending', attempts = 0`);
      const before = await versions();
      await record([{ id: delivery?.id ?? 0, state, error: 'late', isUncounted: true }]);
      expect(await versions()).toEqual(before);
    },
  );

  test('counts once when it is recorded again after a lost reply', async () => {
    const [delivery] = await taken();
    const once = [{ id: delivery?.id ?? 0, state: 'pending' as const, isUncounted: true, error: 'closed' }];
    await record(once);
    const before = await versions();
    await record(once);
    expect(await versions()).toEqual(before);
  });
});

test('records many results in one statement, each separately', async () => {
  const deliveries = await taken(4);
  const [a, b, c, d] = deliveries.map(({ id }) => id);
  await record([
    { id: d ?? 0, state: 'sent', providerMessageId: 'm-4' },
    { id: a ?? 0, state: 'failed', error: '550' },
    { id: c ?? 0, state: 'pending', isUncounted: true },
    { id: b ?? 0, state: 'pending', error: 'busy', delayMs: 40_000 },
    { id: 999_999, state: 'sent' },
  ]);
  expect(await rows()).toMatchObject([
    { state: 'failed', attempts: 1, last_error: '550', provider_message_id: null },
    { state: 'pending', attempts: 1, last_error: 'busy', next_in: expect.closeTo(40, 0) },
    { state: 'pending', attempts: 0, last_error: null },
    { state: 'sent', attempts: 1, last_error: null, provider_message_id: 'm-4' },
  ]);
});

test('an empty list changes no delivery', async () => {
  await taken();
  const before = await versions();
  await record([]);
  expect(await versions()).toEqual(before);
  expect(await outboxes(database.db)).toMatchObject([{ owner: THIS_POOL, closed_for: null }]);
});

describe('a closure of an outbox', () => {
  test('closes the outbox for its duration from now on', async () => {
    const [delivery] = await taken();
    const [box] = await outboxes(database.db);
    await record(
      [{ id: delivery?.id ?? 0, state: 'pending', isUncounted: true, error: '429' }],
      [{ outboxId: box?.id ?? 0, closedForMs: 25_000 }],
    );
    expect(await outboxes(database.db)).toMatchObject([
      { owner: THIS_POOL, closed_for: expect.closeTo(25, 0) },
    ]);
    expect(await takeAll(THIS_POOL)).toEqual([]);
  });

  test('lasts as long as the longest of several', async () => {
    await taken();
    const [box] = await outboxes(database.db);
    const outboxId = box?.id ?? 0;
    await record(
      [],
      [20_000, 60_000, 40_000].map((closedForMs) => ({ outboxId, closedForMs })),
    );
    expect(await outboxes(database.db)).toMatchObject([{ closed_for: expect.closeTo(60, 0) }]);
  });

  test('does not apply for a pool that is no longer the owner', async () => {
    await takenOver();
    const [box] = await outboxes(database.db);
    await record([], [{ outboxId: box?.id ?? 0, closedForMs: 25_000 }], 'released');
    expect(await outboxes(database.db)).toMatchObject([{ owner: THIS_POOL, closed_for: null }]);
  });
});

describe('the event notified', () => {
  const people = ['a@example.com', 'b@example.com'];
  const history = async () =>
    (
      await database.db.pool.query(
        `select incident_id, kind, changes, comment, actor, request_id, notified_event_id
         from incident_events where kind = 'notified' order by id`,
      )
    ).rows;
  async function takeFrom(address: string) {
    const box = (await outboxes(database.db)).find((outbox) => outbox.address === address);
    const [found] = await claimDeliveries(database.db.kysely, [{ outboxId: box?.id ?? 0, limit: 20 }], {
      poolId: THIS_POOL,
      mergesEvents: false,
    });
    return found?.deliveries ?? [];
  }
  const sentRecords = (deliveries: ClaimedDelivery[]) =>
    deliveries.map(({ id }) => ({ id, state: 'sent' as const, providerMessageId: 'm' }));

  test('is written when the first message of a channel has left, and not again', async () => {
    const event = await someEvent(database.db);
    await planEvents(database.db, [event], { recipients: people });
    await record(sentRecords(await takeFrom('a@example.com')));
    const line = {
      incident_id: event.incident_id,
      kind: 'notified',
      changes: {},
      comment: 'email',
      actor: 'worker',
      request_id: 'r',
      notified_event_id: event.event_id,
    };
    expect(await history()).toEqual([line]);
    await record(sentRecords(await takeFrom('b@example.com')));
    await planEvents(database.db, [event], { channel: 'telegram', transport: 'telegram', recipients: ['7'] });
    await record(sentRecords(await takeFrom('7')));
    expect(await history()).toEqual([line, { ...line, comment: 'telegram' }]);
  });

  test('is written once for messages that are recorded together or at the same moment', async () => {
    const events = [await someEvent(database.db), await someEvent(database.db), await someEvent(database.db)];
    await planEvents(database.db, events, { recipients: people });
    const [a, b] = [await takeFrom('a@example.com'), await takeFrom('b@example.com')];
    await Promise.all([record(sentRecords(a)), record(sentRecords(b.reverse()))]);
    expect((await history()).map((line) => line.notified_event_id)).toEqual(
      events.map(({ event_id }) => event_id),
    );
  });

  test.each(['failed', 'pending', 'logged', 'skipped'] as const)(
    'is not written for a delivery that is %s',
    async (state) => {
      const [delivery] = await taken();
      await record([{ id: delivery?.id ?? 0, state, error: 'busy' }]);
      expect(await history()).toEqual([]);
    },
  );

  test('is not planned with later events of its incident', async () => {
    const [delivery] = await taken();
    await record([{ id: delivery?.id ?? 0, state: 'sent' }]);
    const changed = await changeOf(database.db, { incident_id: delivery?.incident_id ?? 0 });
    await planEvents(database.db, [changed]);
    expect((await rows()).map(({ state }) => state)).toEqual(['sent', 'pending']);
  });
});
