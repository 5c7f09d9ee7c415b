import { eventually } from '@incidents/testing/eventually';
import {
  changeOf,
  type DifferingPlan,
  forgetDeliveries,
  outboxes,
  plan,
  planEvents,
  type SomeEvent,
  someEvent,
} from '@incidents/testing/fixtures/deliveries';
import { endPool, keepAlive, silence, THIS_POOL } from '@incidents/testing/fixtures/worker-pools';
import { waitingForLock } from '@incidents/testing/postgres/backends';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { beforeEach, describe, expect, test } from 'vitest';
import { createDb } from '../../client.ts';
import { type ClaimedOutbox, claimDeliveries } from './claim-deliveries.ts';
import { planDeliveries } from './plan-deliveries.ts';
import { recordDeliveries } from './record-deliveries.ts';
import { rescheduleFutureDeliveries } from './reschedule-future-deliveries.ts';

const database = useTestDatabase();
const telegram = { channel: 'telegram', transport: 'telegram' } as const;
const gathering = { threshold: 0, windowSeconds: 60, digestAfterSeconds: 30 };

beforeEach(async () => {
  await forgetDeliveries(database.db);
  await keepAlive(database.db);
});

const event = () => someEvent(database.db);
const change = (of: SomeEvent, status?: string) => changeOf(database.db, of, status);
const planAll = (events: SomeEvent | SomeEvent[], differing: DifferingPlan = {}) =>
  planEvents(database.db, [events].flat(), differing);
const set = (assignments: string, where = 'true') =>
  database.db.pool.query(`update deliveries set ${assignments} where ${where}`);
const setOutbox = (assignments: string) => database.db.pool.query(`update outboxes set ${assignments}`);

/** The only outbox, or the one of an address. */
async function outbox(address?: string) {
  const [found] = (await outboxes(database.db)).filter(
    (row) => address === undefined || row.address === address,
  );
  if (found === undefined) throw new Error('there is no such outbox');
  return found;
}

/** Looks into the only outbox, or into the one of an address. */
async function take(
  limit = 20,
  {
    pool = THIS_POOL,
    mergesEvents = false,
    address,
  }: { pool?: string; mergesEvents?: boolean; address?: string } = {},
): Promise<ClaimedOutbox> {
  const { id } = await outbox(address);
  const [taken] = await claimDeliveries(database.db.kysely, [{ outboxId: id, limit }], {
    poolId: pool,
    mergesEvents,
  });
  if (taken === undefined) throw new Error('no result');
  return taken;
}
const eventsOf = ({ deliveries }: ClaimedOutbox) => deliveries.map(({ event_id }) => event_id);
const idsOf = (events: SomeEvent[]) => events.map(({ event_id }) => event_id);
const deliveries = async () => {
  const { rows } = await database.db.pool.query(
    'select event_id, state, attempts, claimed_by from deliveries order by event_id, id',
  );
  return rows;
};
const sent = (events: SomeEvent[]) => set(`state = 'sent'`, `event_id in (${idsOf(events).join(', ')})`);

const leftAlone: ClaimedOutbox = { isOwned: false, dueInMs: null, deliveries: [] };

describe('the deliveries that are due', () => {
  test('come in the order of their events, though they were planned out of order', async () => {
    const events = [await event(), await event(), await event()] as const;
    for (const some of [events[2], events[0], events[1]]) await planAll(some);
    expect(eventsOf(await take(1))).toEqual(idsOf([events[0]]));
    await sent([events[0]]);
    expect(eventsOf(await take())).toEqual(idsOf([events[1], events[2]]));
  });

  test('are no more than asked for; they are being sent from then on, and the attempt counts', async () => {
    const events = [await event(), await event(), await event()];
    await planAll(events);
    const taken = await take(2);
    expect(taken).toMatchObject({ isOwned: true });
    expect(eventsOf(taken)).toEqual(idsOf(events.slice(0, 2)));
    const sending = { state: 'sending', attempts: 1, claimed_by: THIS_POOL };
    expect(await deliveries()).toMatchObject([
      sending,
      sending,
      { state: 'pending', attempts: 0, claimed_by: null },
    ]);
    expect(await outbox()).toMatchObject({ owner: THIS_POOL });
  });

  test('bring what a message is made of', async () => {
    const created = await event();
    const changed = await change(created, 'закрыт');
    await planAll(changed, { ...telegram, recipients: ['7'] });
    await set(`series_began_at = now() - interval '90 seconds', attempts = 3`);
    const taken = await take(1, { mergesEvents: true });
    const common = {
      incident_id: created.incident_id,
      transport: 'telegram',
      recipient: '7',
      attempts: 4,
      digest: false,
      age: expect.closeTo(90, 0),
      actor: 'tester',
      request_id: 'r',
      previous_message_id: null,
      incident: {
        text: 'Бот не отвечает',
        description: 'с утра',
        status: 'закрыт',
        source: 'operator',
        created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      },
    };
    expect(taken.deliveries).toEqual([
      { ...common, id: expect.any(Number), event_id: created.event_id, event_kind: 'created', changes: {} },
      {
        ...common,
        id: expect.any(Number),
        event_id: changed.event_id,
        event_kind: 'updated',
        changes: { status: { from: 'новый', to: 'закрыт' } },
      },
    ]);
  });

  test('about an incident that was deleted come without it', async () => {
    await planAll(await event());
    await database.db.pool.query('delete from incidents');
    expect((await take()).deliveries).toMatchObject([{ incident: null }]);
  });

  test('of many outboxes are taken in one statement, and each request has its own result', async () => {
    const both = await event();
    await planAll(both, { recipients: ['a@example.com', 'b@example.com', 'c@example.com'] });
    const [a, b, c] = await outboxes(database.db);
    if (!a || !b || !c) throw new Error('an outbox is missing');
    const results = await claimDeliveries(
      database.db.kysely,
      [
        { outboxId: c.id, limit: 5 },
        { outboxId: 999_999, limit: 5 },
        { outboxId: a.id, limit: 0 },
        { outboxId: b.id, limit: 5 },
      ],
      { poolId: THIS_POOL, mergesEvents: false },
    );
    expect(results.map(({ isOwned }) => isOwned)).toEqual([true, false, false, true]);
    expect(results.map((taken) => taken.deliveries[0]?.recipient)).toEqual([
      'c@example.com',
      undefined,
      undefined,
      'b@example.com',
    ]);
  });

  test('of other transports than the first stay: another channel sends them', async () => {
    const [logged, mailed] = [await event(), await event()];
    await planAll(logged, { transport: 'log' });
    await planAll(mailed, { transport: 'smtp' });
    expect((await take()).deliveries).toMatchObject([{ event_id: logged.event_id, transport: 'log' }]);
    await sent([logged]);
    expect((await take()).deliveries).toMatchObject([{ event_id: mailed.event_id, transport: 'smtp' }]);
  });
});

describe('an outbox', () => {
  test('of another pool that lives is left alone', async () => {
    await planAll([await event(), await event()]);
    await silence(database.db, THIS_POOL, 0);
    await keepAlive(database.db, 'other');
    await take(1);
    const before = [await deliveries(), await outbox()];
    expect(await take(5, { pool: 'other' })).toEqual(leftAlone);
    expect(await take(0, { pool: 'other' })).toEqual(leftAlone);
    expect(await deliveries()).toEqual(before[0]);
    expect(await outbox()).toMatchObject({ owner: THIS_POOL });
  });

  test.each([
    ['is forgotten', () => database.db.pool.query(`delete from worker_pools where pool_id = 'dead'`)],
    ['has ended', (pool: string) => endPool(database.db, pool)],
  ])('of a pool that %s is taken over, with what it was sending', async (_what, happens) => {
    const events = [await event(), await event()];
    await planAll(events);
    await keepAlive(database.db, 'dead');
    expect(eventsOf(await take(1, { pool: 'dead' }))).toEqual(idsOf(events.slice(0, 1)));
    await happens('dead');
    expect(eventsOf(await take())).toEqual(idsOf(events));
    expect(await deliveries()).toMatchObject([
      { state: 'sending', attempts: 2, claimed_by: THIS_POOL },
      { state: 'sending', attempts: 1, claimed_by: THIS_POOL },
    ]);
    expect(await outbox()).toMatchObject({ owner: THIS_POOL });
  });

  test.each([60, -7_200])('of a pool that was heard %s s ago is left alone', async (seconds) => {
    await planAll([await event()]);
    await keepAlive(database.db, 'silent');
    await take(1, { pool: 'silent' });
    await silence(database.db, 'silent', seconds);
    expect(await take()).toEqual(leftAlone);
  });

  test('is not for a pool that has lost its lease, also when it is its own', async () => {
    await planAll([await event(), await event()]);
    await take(1);
    const before = [await deliveries(), (await outbox()).owner];
    for (const lose of [
      () => silence(database.db, THIS_POOL, 5.1),
      () => database.db.pool.query('delete from worker_pools'),
    ]) {
      await lose();
      expect(await take()).toEqual(leftAlone);
      expect(await take(0)).toEqual(leftAlone);
    }
    expect(await take(5, { pool: 'unknown' })).toEqual(leftAlone);
    expect([await deliveries(), (await outbox()).owner]).toEqual(before);
  });

  test('of the same pool is looked into again, with what it could not record', async () => {
    const some = await event();
    await planAll(some);
    await take();
    expect(eventsOf(await take())).toEqual(idsOf([some]));
    expect(await deliveries()).toMatchObject([{ state: 'sending', attempts: 2 }]);
  });

  test('in which nothing waits has no owner and no time afterwards', async () => {
    const some = await event();
    await planAll(some);
    await take();
    await sent([some]);
    expect(await take()).toEqual({ isOwned: false, dueInMs: null, deliveries: [] });
    expect(await outbox()).toMatchObject({ owner: null, due_in: null });
  });

  test('in which nothing is due yet has no owner, and the time of the earliest delivery', async () => {
    await planAll([await event(), await event()]);
    await take();
    await set(`state = 'pending', next_attempt_at = now() + interval '90 seconds'`);
    await set(`next_attempt_at = now() + interval '40 seconds'`, 'id = (select max(id) from deliveries)');
    const { dueInMs, ...taken } = await take();
    expect(taken).toEqual({ isOwned: false, deliveries: [] });
    expect(dueInMs).toBeCloseTo(40_000, -3);
    const { owner, due_in } = await outbox();
    expect({ owner, due_in }).toEqual({ owner: null, due_in: expect.closeTo(40, 0) });
  });

  test('is given up at the limit 0, and stays due', async () => {
    await planAll([await event(), await event()]);
    await take(1);
    await set(`state = 'pending'`);
    expect(await take(0)).toEqual({ isOwned: false, dueInMs: 0, deliveries: [] });
    const { owner, due_in } = await outbox();
    expect(owner).toBeNull();
    expect(due_in).toBeLessThanOrEqual(0);
    expect((await deliveries()).map(({ state }) => state)).toEqual(['pending', 'pending']);
  });

  test('is given up at the limit 0 with the time of what waits, or none', async () => {
    await planAll(await event());
    await set(`next_attempt_at = now() + interval '40 seconds'`);
    expect((await take(0)).dueInMs).toBeCloseTo(40_000, -3);
    await set(`state = 'failed'`);
    expect((await take(0)).dueInMs).toBeNull();
    expect(await outbox()).toMatchObject({ due_in: null });
  });

  test('that is closed gives nothing until it opens', async () => {
    await planAll([await event(), await event()]);
    await take(1);
    await set(`state = 'pending'`);
    await setOutbox(`closed_until = now() + interval '25 seconds', closed_at = now()`);
    const closed = await take();
    expect(closed).toEqual({ isOwned: false, dueInMs: expect.closeTo(25_000, -3), deliveries: [] });
    const { owner, due_in } = await outbox();
    expect({ owner, due_in }).toEqual({ owner: null, due_in: expect.closeTo(25, 0) });
    await setOutbox(`closed_until = now()`);
    expect((await take()).deliveries).toHaveLength(2);
  });

  test('that is closed and has nothing due before a later time is due then', async () => {
    await planAll(await event());
    await set(`next_attempt_at = now() + interval '40 seconds'`);
    await setOutbox(`closed_until = now() + interval '25 seconds', closed_at = now()`);
    expect((await take()).dueInMs).toBeCloseTo(40_000, -3);
  });
});

describe('a planner that commits between the look and its end', () => {
  /** Takes while a planner that has woken the outbox has not committed yet. */
  async function takeDuring(planned: SomeEvent, limit: number): Promise<ClaimedOutbox> {
    const { id } = await outbox();
    let taken: Promise<ClaimedOutbox[]> | undefined;
    await database.db.kysely.transaction().execute(async (transaction) => {
      await planDeliveries(transaction, [planned.event_id], plan());
      taken = claimDeliveries(database.db.kysely, [{ outboxId: id, limit }], {
        poolId: THIS_POOL,
        mergesEvents: false,
      });
      await waitingForLock(database.db, 'incidents-test');
    });
    const [result] = (await taken) ?? [];
    if (result === undefined) throw new Error('no result');
    return result;
  }

  test('makes the owner keep the outbox and look again', async () => {
    const [first, second] = [await event(), await event()];
    await planAll(first);
    await take();
    await sent([first]);
    expect(await takeDuring(second, 20)).toMatchObject({ isOwned: true, deliveries: [] });
    expect(await outbox()).toMatchObject({ owner: THIS_POOL });
    expect(eventsOf(await take())).toEqual(idsOf([second]));
  });

  test('leaves the outbox due when its owner gives it up all the same', async () => {
    const [first, second] = [await event(), await event()];
    await planAll(first);
    await take();
    await sent([first]);
    expect(await takeDuring(second, 0)).toEqual({ isOwned: false, dueInMs: 0, deliveries: [] });
    const { owner, due_in } = await outbox();
    expect(owner).toBeNull();
    expect(due_in).toBeLessThanOrEqual(0);
  });

  test('waits in a closed outbox until it opens', async () => {
    const [first, second] = [await event(), await event()];
    await planAll(first);
    await take();
    await sent([first]);
    await setOutbox(`closed_until = now() + interval '25 seconds', closed_at = now()`);
    const taken = await takeDuring(second, 20);
    expect(taken).toEqual({ isOwned: false, dueInMs: expect.closeTo(25_000, -3), deliveries: [] });
    await setOutbox(`closed_until = now()`);
    expect(eventsOf(await take())).toEqual(idsOf([second]));
  });

  test('loses no wake-up, at whichever moment it commits', { timeout: 60_000 }, async () => {
    const ROUNDS = 300;
    const pools = ['one', 'two'] as const;
    const db = createDb({
      url: database.url,
      poolSize: 8,
      applicationName: 'planners-and-owners',
      planOnce: true,
      indexesOnly: true,
      onConnectionError: () => {},
    });
    const hear = () => Promise.all(pools.map((pool) => silence(database.db, pool, 0)));
    const beats = setInterval(() => void hear().catch(() => {}), 500);
    try {
      for (const pool of pools) await keepAlive(database.db, pool);
      await hear();
      /** What an engine does with one outbox, but for the messages. */
      const drain = async (poolId: string, outboxId: number) => {
        for (;;) {
          const [taken] = await claimDeliveries(db.kysely, [{ outboxId, limit: 3 }], {
            poolId,
            mergesEvents: false,
          });
          if (!taken?.isOwned) return;
          const records = taken.deliveries.map(({ id }) => ({ id, state: 'sent' as const }));
          if (records.length > 0) await recordDeliveries(db.kysely, poolId, records, []);
        }
      };
      // As a worker does: it looks once after it has planned, and may find that another one has the outbox.
      const tell = async (pool: string, some: SomeEvent, afterMs: number) => {
        await new Promise((resolve) => setTimeout(resolve, afterMs));
        const woken = await planEvents(db, [some]);
        await Promise.all(woken.map(({ id }) => drain(pool, id)));
      };
      for (let round = 0; round < ROUNDS; round++) {
        const [first, second] = [await event(), await event()];
        await Promise.all([tell(pools[0], first, 0), tell(pools[1], second, Math.random() * 12)]);
        const { rows } = await database.db.pool.query(
          `select event_id, state, attempts from deliveries where state <> 'sent' or attempts <> 1`,
        );
        expect(rows, `round ${round}`).toEqual([]);
      }
      const { owner, due_in } = await outbox();
      expect({ owner, due_in }).toEqual({ owner: null, due_in: null });
    } finally {
      clearInterval(beats);
      await db.close();
    }
  });
});

describe('deliveries about one incident', () => {
  test('wait behind an earlier one that is tried again later; others do not', async () => {
    const created = await event();
    const changed = await change(created);
    const other = await event();
    await planAll([changed, other]);
    await set(
      `next_attempt_at = now() + interval '40 seconds', attempts = 1`,
      `event_id = ${created.event_id}`,
    );
    for (const mergesEvents of [false, true]) {
      const taken = await take(20, { mergesEvents });
      expect(eventsOf(taken)).toEqual(idsOf([other]));
      await set(`state = 'pending'`, `state = 'sending'`);
    }
    await sent([other]);
    const nothing = await take();
    expect(nothing).toEqual({ isOwned: false, dueInMs: expect.closeTo(40_000, -3), deliveries: [] });
  });

  test.each(['sent', 'logged', 'failed', 'skipped'])('go on behind one that is %s', async (state) => {
    const created = await event();
    const changed = await change(created);
    await planAll(changed);
    await set(`state = '${state}', next_attempt_at = null`, `event_id = ${created.event_id}`);
    expect(eventsOf(await take())).toEqual(idsOf([changed]));
  });

  test('are taken together, in the order of events, as many as asked for', async () => {
    const created = await event();
    const other = await event();
    const changed = await change(created);
    const later = await event();
    await planAll([changed, other, later]);
    expect(eventsOf(await take(1))).toEqual(idsOf([created]));
    await set(`state = 'pending', attempts = 0`);
    expect(eventsOf(await take(3))).toEqual(idsOf([created, other, changed]));
  });

  test('wait behind one that was tried and is due again, which comes first', async () => {
    const created = await event();
    const changed = await change(created);
    await planAll(changed);
    await set('attempts = 1, next_attempt_at = now()', `event_id = ${created.event_id}`);
    expect(eventsOf(await take())).toEqual(idsOf([created]));
  });

  test('wait behind one that a person has tried again, with all that follow', async () => {
    const created = await event();
    const changes = [await change(created, 'в работе'), await change(created, 'закрыт')];
    await planAll(changes);
    await set('next_attempt_at = now()', `event_id = ${created.event_id}`);
    const last = await change(created, 'новый');
    await planAll(last);
    for (const limit of [1, 20]) {
      expect(eventsOf(await take(limit))).toEqual(idsOf([created]));
      await set(`state = 'pending', attempts = 0`);
    }
    await sent([created]);
    expect(eventsOf(await take())).toEqual(idsOf([...changes, last]));
  });

  test('of another transport wait for those before them', async () => {
    const created = await event();
    await planAll(created, { transport: 'log' });
    const changed = await change(created);
    await planAll(changed, { transport: 'smtp' });
    expect(eventsOf(await take())).toEqual(idsOf([created]));
    await sent([created]);
    expect(eventsOf(await take())).toEqual(idsOf([changed]));
  });

  test('are taken together where one message tells them all, but for those that are not due', async () => {
    const created = await event();
    const changes = [
      await change(created, 'в работе'),
      await change(created, 'закрыт'),
      await change(created, 'новый'),
    ];
    const other = await event();
    await planAll([...changes, other], { ...telegram, recipients: ['7'] });
    await set(`next_attempt_at = now() + interval '1 minute'`, `event_id = ${changes[2]?.event_id}`);
    expect(eventsOf(await take(1, { mergesEvents: true }))).toEqual(idsOf([created, ...changes.slice(0, 2)]));
  });

  test('to topics of one chat do not wait for each other', async () => {
    const created = await event();
    await planAll(created, { ...telegram, recipients: ['-100:1', '-100:2'] });
    const changed = await change(created);
    await planAll(changed, { ...telegram, recipients: ['-100:1', '-100:2'] });
    await set(`next_attempt_at = now() + interval '1 minute'`, `recipient = '-100:1'`);
    const taken = await take(20, { mergesEvents: true });
    expect(taken.deliveries.map(({ event_id, recipient }) => [event_id, recipient])).toEqual([
      [created.event_id, '-100:2'],
      [changed.event_id, '-100:2'],
    ]);
  });

  test('name the last message about it that this recipient has', async () => {
    const created = await event();
    const changes = [await change(created, 'в работе'), await change(created, 'закрыт')];
    const recipients = ['7', '8'];
    await planAll(created, { ...telegram, recipients });
    await set(`state = 'sent', provider_message_id = 'first of ' || recipient`);
    await planAll(changes[0] ?? created, { ...telegram, recipients });
    const first = await take(1, { mergesEvents: true, address: '7' });
    expect(first.deliveries).toMatchObject([{ previous_message_id: 'first of 7' }]);
    await set(`state = 'sent', provider_message_id = 'second of ' || recipient`, `state = 'sending'`);
    await set(`digest = true`, `provider_message_id = 'first of 8'`);
    await set(`state = 'failed', provider_message_id = 'failed'`, `state = 'pending'`);
    await planAll(changes[1] ?? created, { ...telegram, recipients });
    const seven = await take(1, { mergesEvents: true, address: '7' });
    expect(seven.deliveries).toMatchObject([{ previous_message_id: 'second of 7' }]);
    // The incident stood in a digest, which is not to be edited.
    const eight = await take(1, { mergesEvents: true, address: '8' });
    expect(eight.deliveries).toMatchObject([{ previous_message_id: null }]);
  });
});

describe('a digest', () => {
  const gather = (events: SomeEvent[], differing: DifferingPlan = {}) =>
    planAll(events, { storm: gathering, ...differing });
  const makeDue = (some: SomeEvent | undefined) =>
    set(`next_attempt_at = now()`, `event_id = ${some?.event_id}`);

  test('is due at its time, and single messages leave meanwhile', async () => {
    const [early, gathered] = [await event(), await event()];
    await planAll(early);
    await gather([gathered]);
    expect(eventsOf(await take())).toEqual(idsOf([early]));
    await sent([early]);
    expect(await take()).toEqual({ isOwned: false, dueInMs: expect.closeTo(30_000, -3), deliveries: [] });
  });

  test('takes all that has gathered for its recipient, due or not, and no other message', async () => {
    const gathered = [await event(), await event(), await event()];
    await gather(gathered.slice(0, 2), { recipients: ['-100:1', '-100:2'], ...telegram });
    await gather(gathered.slice(2), { recipients: ['-100:1', '-100:2'], ...telegram });
    const single = await event();
    await planAll(single, { recipients: ['-100:1'], ...telegram });
    await set(
      `next_attempt_at = now() - interval '1 hour'`,
      `event_id = ${gathered[1]?.event_id} and recipient = '-100:1'`,
    );
    const taken = await take(1, { mergesEvents: true });
    expect(taken.deliveries.map(({ event_id, recipient, digest }) => [event_id, recipient, digest])).toEqual(
      gathered.map(({ event_id }) => [event_id, '-100:1', true]),
    );
    // A digest names incidents, so it needs no descriptions.
    expect(taken.deliveries[0]?.incident).toMatchObject({ text: 'Бот не отвечает', description: '' });
  });

  test('takes the later events of its incidents along, which wait for it until then', async () => {
    const [one, two] = [await event(), await event()];
    await gather([one, two]);
    const changed = await change(one);
    const later = await change(one, 'новый');
    await planAll(changed);
    await planAll(later);
    await set(`next_attempt_at = now() + interval '1 hour'`, `event_id = ${later.event_id}`);
    expect(eventsOf(await take())).toEqual([]);
    await makeDue(two);
    expect(eventsOf(await take())).toEqual(idsOf([one, two, changed, later]));
  });

  test('is of a hundred incidents at most', async () => {
    const events = await Promise.all(Array.from({ length: 130 }, () => event()));
    await gather(events);
    await set('next_attempt_at = now()');
    const taken = await take();
    expect(taken.deliveries).toHaveLength(100);
    await set(`state = 'sent'`, `state = 'sending'`);
    expect((await take()).deliveries).toHaveLength(30);
  });

  test('leaves out the incidents of a digest that is tried again later', async () => {
    const [failed, next] = [await event(), await event()];
    await gather([failed, next]);
    await set(`attempts = 1, next_attempt_at = now() + interval '1 minute'`, `event_id = ${failed.event_id}`);
    await makeDue(next);
    expect(eventsOf(await take())).toEqual(idsOf([next]));
  });

  test('of a dead pool is taken over whole', async () => {
    const events = [await event(), await event()];
    await gather(events);
    await set('next_attempt_at = now()');
    await keepAlive(database.db, 'dead');
    await take(1, { pool: 'dead' });
    await endPool(database.db, 'dead');
    expect(eventsOf(await take())).toEqual(idsOf(events));
  });
});

describe('after the clock was set back by two hours', () => {
  const setBack = async () => {
    await set(
      `next_attempt_at = next_attempt_at + interval '2 hours', updated_at = updated_at + interval '2 hours',
       created_at = created_at + interval '2 hours'`,
    );
    await setOutbox(
      `due_at = due_at + interval '2 hours', updated_at = updated_at + interval '2 hours',
       closed_until = closed_until + interval '2 hours', closed_at = closed_at + interval '2 hours'`,
    );
    // As a worker does that sees it.
    await rescheduleFutureDeliveries(database.db.kysely);
  };

  test('what was scheduled before is due', async () => {
    const events = [await event(), await event()];
    await planAll(events);
    await set(`next_attempt_at = now() + interval '1 minute'`);
    await setBack();
    expect(eventsOf(await take())).toEqual(idsOf(events));
  });

  test('an outbox that was closed before is open', async () => {
    const some = await event();
    await planAll(some);
    await setOutbox(`closed_until = now() + interval '1 second', closed_at = now()`);
    await setBack();
    expect(eventsOf(await take())).toEqual(idsOf([some]));
  });

  test('what is given up untouched is due at once, not two hours later', async () => {
    await planAll([await event(), await event()]);
    await set(`next_attempt_at = now() + interval '1 minute'`);
    await setBack();
    expect((await take(0)).dueInMs).toBe(0);
    await eventually(async () => expect((await outbox()).due_in).toBeLessThanOrEqual(0));
  });
});
