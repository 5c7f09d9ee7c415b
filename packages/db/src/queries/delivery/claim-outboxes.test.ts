import { eventsOf, idsOf, noClaim, useClaims } from '@incidents/testing/fixtures/claims';
import { NOW_ROUNDED_DOWN, plan, planEvents, type SomeEvent } from '@incidents/testing/fixtures/deliveries';
import {
  grantEndlessLease,
  markPoolReleased,
  setHeartbeatAge,
  THIS_POOL,
} from '@incidents/testing/fixtures/worker-pools';
import { waitingForLock } from '@incidents/testing/postgres/backends';
import { describe, expect, test } from 'vitest';
import { createDb } from '../../client.ts';
import { type ClaimedOutbox, claimDeliveries } from './claim-deliveries.ts';
import { planDeliveries } from './plan-deliveries.ts';
import { recordDeliveries } from './record-deliveries.ts';

const { database, event, planAll, set, setOutbox, sent, outbox, claim, deliveries } = useClaims();

describe('an outbox', () => {
  test('of another living pool is not claimed', async () => {
    await planAll([await event(), await event()]);
    await setHeartbeatAge(database.db, THIS_POOL, 0);
    await grantEndlessLease(database.db, 'other');
    await claim(1);
    const before = [await deliveries(), await outbox()];
    expect(await claim(5, { pool: 'other' })).toEqual(noClaim);
    expect(await claim(0, { pool: 'other' })).toEqual(noClaim);
    expect(await deliveries()).toEqual(before[0]);
    expect(await outbox()).toMatchObject({ owner: THIS_POOL });
  });

  test.each([
    ['was reaped', () => database.db.pool.query(`delete from worker_pools where pool_id = 'former'`)],
    ['was released', (pool: string) => markPoolReleased(database.db, pool)],
  ])('of a pool that %s is claimed, with its deliveries in state sending', async (_what, happens) => {
    const events = [await event(), await event()];
    await planAll(events);
    await grantEndlessLease(database.db, 'former');
    expect(eventsOf(await claim(1, { pool: 'former' }))).toEqual(idsOf(events.slice(0, 1)));
    await happens('former');
    expect(eventsOf(await claim())).toEqual(idsOf(events));
    expect(await deliveries()).toMatchObject([
      { state: 'sending', attempts: 2, claimed_by: THIS_POOL },
      { state: 'sending', attempts: 1, claimed_by: THIS_POOL },
    ]);
    expect(await outbox()).toMatchObject({ owner: THIS_POOL });
  });

  test.each([60, -7_200])('of a pool with a heartbeat %s s ago is not claimed', async (seconds) => {
    await planAll([await event()]);
    await grantEndlessLease(database.db, 'expired');
    await claim(1, { pool: 'expired' });
    await setHeartbeatAge(database.db, 'expired', seconds);
    expect(await claim()).toEqual(noClaim);
  });

  test('is not claimed by a pool without a valid lease, not even its own', async () => {
    await planAll([await event(), await event()]);
    await claim(1);
    const before = [await deliveries(), (await outbox()).owner];
    for (const lose of [
      () => setHeartbeatAge(database.db, THIS_POOL, 5.1),
      () => database.db.pool.query('delete from worker_pools'),
    ]) {
      await lose();
      expect(await claim()).toEqual(noClaim);
      expect(await claim(0)).toEqual(noClaim);
    }
    expect(await claim(5, { pool: 'unknown' })).toEqual(noClaim);
    expect([await deliveries(), (await outbox()).owner]).toEqual(before);
  });

  test('of the same pool is claimed again, with its unrecorded deliveries', async () => {
    const some = await event();
    await planAll(some);
    await claim();
    expect(eventsOf(await claim())).toEqual(idsOf([some]));
    expect(await deliveries()).toMatchObject([{ state: 'sending', attempts: 2 }]);
  });

  test('without waiting deliveries is released without a due time', async () => {
    const some = await event();
    await planAll(some);
    await claim();
    await sent([some]);
    expect(await claim()).toEqual({ isOwned: false, dueInMs: null, deliveries: [] });
    expect(await outbox()).toMatchObject({ owner: null, due_in: null });
  });

  test('without due deliveries is released until the earliest one', async () => {
    await planAll([await event(), await event()]);
    await claim();
    await set(`state = 'pending', next_attempt_at = now() + interval '90 seconds'`);
    await set(`next_attempt_at = now() + interval '40 seconds'`, 'id = (select max(id) from deliveries)');
    const { dueInMs, ...taken } = await claim();
    expect(taken).toEqual({ isOwned: false, deliveries: [] });
    expect(dueInMs).toBeCloseTo(40_000, -3);
    const { owner, due_in } = await outbox();
    expect({ owner, due_in }).toEqual({ owner: null, due_in: expect.closeTo(40, 0) });
  });

  test('is released at the limit 0, and stays due', async () => {
    await planAll([await event(), await event()]);
    await claim(1);
    await set(`state = 'pending'`);
    expect(await claim(0)).toEqual({ isOwned: false, dueInMs: 0, deliveries: [] });
    const { owner, due_in } = await outbox();
    expect(owner).toBeNull();
    expect(due_in).toBeLessThanOrEqual(0);
    expect((await deliveries()).map(({ state }) => state)).toEqual(['pending', 'pending']);
  });

  test('is released at the limit 0 with the time of its next delivery, or none', async () => {
    await planAll(await event());
    await set(`next_attempt_at = now() + interval '40 seconds'`);
    expect((await claim(0)).dueInMs).toBeCloseTo(40_000, -3);
    await set(`state = 'failed'`);
    expect((await claim(0)).dueInMs).toBeNull();
    expect(await outbox()).toMatchObject({ due_in: null });
  });

  test('that is closed has no claimable deliveries until it opens', async () => {
    await planAll([await event(), await event()]);
    await claim(1);
    await set(`state = 'pending'`);
    await setOutbox(`closed_until = now() + interval '25 seconds', closed_at = now()`);
    const closed = await claim();
    expect(closed).toEqual({ isOwned: false, dueInMs: expect.closeTo(25_000, -3), deliveries: [] });
    const { owner, due_in } = await outbox();
    expect({ owner, due_in }).toEqual({ owner: null, due_in: expect.closeTo(25, 0) });
    await setOutbox(`closed_until = ${NOW_ROUNDED_DOWN}`);
    expect((await claim()).deliveries).toHaveLength(2);
  });

  test('that is closed is due when its next delivery is, if that is later', async () => {
    await planAll(await event());
    await set(`next_attempt_at = now() + interval '40 seconds'`);
    await setOutbox(`closed_until = now() + interval '25 seconds', closed_at = now()`);
    expect((await claim()).dueInMs).toBeCloseTo(40_000, -3);
  });
});

describe('a planner that commits during a claim', () => {
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

  test('makes the owner keep the outbox and claim again', async () => {
    const [first, second] = [await event(), await event()];
    await planAll(first);
    await claim();
    await sent([first]);
    expect(await takeDuring(second, 20)).toMatchObject({ isOwned: true, deliveries: [] });
    expect(await outbox()).toMatchObject({ owner: THIS_POOL });
    expect(eventsOf(await claim())).toEqual(idsOf([second]));
  });

  test('leaves the outbox due when its owner releases it', async () => {
    const [first, second] = [await event(), await event()];
    await planAll(first);
    await claim();
    await sent([first]);
    expect(await takeDuring(second, 0)).toEqual({ isOwned: false, dueInMs: 0, deliveries: [] });
    const { owner, due_in } = await outbox();
    expect(owner).toBeNull();
    expect(due_in).toBeLessThanOrEqual(0);
  });

  test('waits in a closed outbox until it opens', async () => {
    const [first, second] = [await event(), await event()];
    await planAll(first);
    await claim();
    await sent([first]);
    await setOutbox(`closed_until = now() + interval '25 seconds', closed_at = now()`);
    const taken = await takeDuring(second, 20);
    expect(taken).toEqual({ isOwned: false, dueInMs: expect.closeTo(25_000, -3), deliveries: [] });
    await setOutbox(`closed_until = ${NOW_ROUNDED_DOWN}`);
    expect(eventsOf(await claim())).toEqual(idsOf([second]));
  });

  test('loses no wakeup at any moment of its commit', async () => {
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
    const hear = () => Promise.all(pools.map((pool) => setHeartbeatAge(database.db, pool, 0)));
    const beats = setInterval(() => void hear().catch(() => {}), 500);
    try {
      for (const pool of pools) await grantEndlessLease(database.db, pool);
      await hear();
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
      // Like a worker: it claims once after it has planned, and another pool may own the outbox.
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
