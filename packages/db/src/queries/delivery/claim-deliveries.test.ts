import { eventually } from '@incidents/testing/eventually';
import { eventsOf, idsOf, useClaims } from '@incidents/testing/fixtures/claims';
import { NOW_ROUNDED_DOWN, outboxes, waitForRoundedTime } from '@incidents/testing/fixtures/deliveries';
import { THIS_POOL } from '@incidents/testing/fixtures/worker-pools';
import { describe, expect, test } from 'vitest';
import { claimDeliveries } from './claim-deliveries.ts';
import { rescheduleFutureDeliveries } from './reschedule-future-deliveries.ts';

const { database, event, change, planAll, set, setOutbox, sent, outbox, claim, deliveries } = useClaims();
const telegram = { channel: 'telegram', transport: 'telegram' } as const;

describe('the deliveries that are due', () => {
  test('come in the order of events, also when planned out of order', async () => {
    const events = [await event(), await event(), await event()] as const;
    for (const some of [events[2], events[0], events[1]]) await planAll(some);
    expect(eventsOf(await claim(1))).toEqual(idsOf([events[0]]));
    await sent([events[0]]);
    expect(eventsOf(await claim())).toEqual(idsOf([events[1], events[2]]));
  });

  test('are claimed up to the limit, become sending, and count an attempt', async () => {
    const events = [await event(), await event(), await event()];
    await planAll(events);
    const taken = await claim(2);
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

  test('include the fields of a message', async () => {
    const created = await event();
    const changed = await change(created, 'закрыт');
    await planAll(changed, { ...telegram, recipients: ['7'] });
    await set(`series_began_at = now() - interval '90 seconds', attempts = 3`);
    const taken = await claim(1, { mergesEvents: true });
    const common = {
      incident_id: created.incident_id,
      transport: 'telegram',
      recipient: '7',
      attempts: 4,
      digest: false,
      age_seconds: expect.closeTo(90, 0),
      actor: 'tester',
      request_id: 'r',
      previous_message_id: null,
      incident: {
        text: 'Бот не отвечает',
        description: 'с утра',
        status: 'закрыт',
        source: 'operator',
        created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        severity: 'error',
        bot: null,
        assignee: null,
        occurrences: 1,
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

  test('have a null incident when it was deleted', async () => {
    await planAll(await event());
    await database.db.pool.query('delete from incidents');
    expect((await claim()).deliveries).toMatchObject([{ incident: null }]);
  });

  test('of many outboxes are claimed in one statement, with one result per request', async () => {
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

  test('of other transports than the first are not claimed', async () => {
    const [logged, mailed] = [await event(), await event()];
    await planAll(logged, { transport: 'log' });
    await planAll(mailed, { transport: 'smtp' });
    expect((await claim()).deliveries).toMatchObject([{ event_id: logged.event_id, transport: 'log' }]);
    await sent([logged]);
    expect((await claim()).deliveries).toMatchObject([{ event_id: mailed.event_id, transport: 'smtp' }]);
  });
});

describe('deliveries about one incident', () => {
  test('wait behind an earlier one with a later retry; those of other incidents do not', async () => {
    const created = await event();
    const changed = await change(created);
    const other = await event();
    await planAll([changed, other]);
    await set(
      `next_attempt_at = now() + interval '40 seconds', attempts = 1`,
      `event_id = ${created.event_id}`,
    );
    for (const mergesEvents of [false, true]) {
      const taken = await claim(20, { mergesEvents });
      expect(eventsOf(taken)).toEqual(idsOf([other]));
      await set(`state = 'pending'`, `state = 'sending'`);
    }
    await sent([other]);
    const nothing = await claim();
    expect(nothing).toEqual({ isOwned: false, dueInMs: expect.closeTo(40_000, -3), deliveries: [] });
  });

  test.each(['sent', 'logged', 'failed', 'skipped'])('do not wait behind one that is %s', async (state) => {
    const created = await event();
    const changed = await change(created);
    await planAll(changed);
    await set(`state = '${state}', next_attempt_at = null`, `event_id = ${created.event_id}`);
    expect(eventsOf(await claim())).toEqual(idsOf([changed]));
  });

  test('are claimed together in the order of events, up to the limit', async () => {
    const created = await event();
    const other = await event();
    const changed = await change(created);
    const later = await event();
    await planAll([changed, other, later]);
    expect(eventsOf(await claim(1))).toEqual(idsOf([created]));
    await set(`state = 'pending', attempts = 0`);
    expect(eventsOf(await claim(3))).toEqual(idsOf([created, other, changed]));
  });

  test('wait behind a due retry, which is claimed first', async () => {
    const created = await event();
    const changed = await change(created);
    await planAll(changed);
    await set(`attempts = 1, next_attempt_at = ${NOW_ROUNDED_DOWN}`, `event_id = ${created.event_id}`);
    expect(eventsOf(await claim())).toEqual(idsOf([created]));
  });

  test('wait behind one that was retried by the API, with all later ones', async () => {
    const created = await event();
    const changes = [await change(created, 'в работе'), await change(created, 'закрыт')];
    await planAll(changes);
    await set(`next_attempt_at = ${NOW_ROUNDED_DOWN}`, `event_id = ${created.event_id}`);
    const last = await change(created, 'новый');
    await planAll(last);
    for (const limit of [1, 20]) {
      expect(eventsOf(await claim(limit))).toEqual(idsOf([created]));
      await set(`state = 'pending', attempts = 0`);
    }
    await sent([created]);
    expect(eventsOf(await claim())).toEqual(idsOf([...changes, last]));
  });

  test('of another transport wait for earlier ones', async () => {
    const created = await event();
    await planAll(created, { transport: 'log' });
    const changed = await change(created);
    await planAll(changed, { transport: 'smtp' });
    expect(eventsOf(await claim())).toEqual(idsOf([created]));
    await sent([created]);
    expect(eventsOf(await claim())).toEqual(idsOf([changed]));
  });

  test('are claimed together when the channel merges events, except those that are not due', async () => {
    const created = await event();
    const changes = [
      await change(created, 'в работе'),
      await change(created, 'закрыт'),
      await change(created, 'новый'),
    ];
    const other = await event();
    await planAll([...changes, other], { ...telegram, recipients: ['7'] });
    await set(`next_attempt_at = now() + interval '1 minute'`, `event_id = ${changes[2]?.event_id}`);
    expect(eventsOf(await claim(1, { mergesEvents: true }))).toEqual(
      idsOf([created, ...changes.slice(0, 2)]),
    );
  });

  test('to topics of one chat do not wait for each other', async () => {
    const created = await event();
    await planAll(created, { ...telegram, recipients: ['-100:1', '-100:2'] });
    const changed = await change(created);
    await planAll(changed, { ...telegram, recipients: ['-100:1', '-100:2'] });
    await set(`next_attempt_at = now() + interval '1 minute'`, `recipient = '-100:1'`);
    const taken = await claim(20, { mergesEvents: true });
    expect(taken.deliveries.map(({ event_id, recipient }) => [event_id, recipient])).toEqual([
      [created.event_id, '-100:2'],
      [changed.event_id, '-100:2'],
    ]);
  });

  test('name the last message about the incident to this recipient', async () => {
    const created = await event();
    const changes = [await change(created, 'в работе'), await change(created, 'закрыт')];
    const recipients = ['7', '8'];
    await planAll(created, { ...telegram, recipients });
    await set(`state = 'sent', provider_message_id = 'first of ' || recipient`);
    await planAll(changes[0] ?? created, { ...telegram, recipients });
    const first = await claim(1, { mergesEvents: true, address: '7' });
    expect(first.deliveries).toMatchObject([{ previous_message_id: 'first of 7' }]);
    await set(`state = 'sent', provider_message_id = 'second of ' || recipient`, `state = 'sending'`);
    await set(`digest = true`, `provider_message_id = 'first of 8'`);
    await set(`state = 'failed', provider_message_id = 'failed'`, `state = 'pending'`);
    await planAll(changes[1] ?? created, { ...telegram, recipients });
    const seven = await claim(1, { mergesEvents: true, address: '7' });
    expect(seven.deliveries).toMatchObject([{ previous_message_id: 'second of 7' }]);
    // The incident stood in a digest, which is not to be edited.
    const eight = await claim(1, { mergesEvents: true, address: '8' });
    expect(eight.deliveries).toMatchObject([{ previous_message_id: null }]);
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
    await rescheduleFutureDeliveries(database.db.kysely);
    await waitForRoundedTime(database.db);
  };

  test('deliveries scheduled before are due', async () => {
    const events = [await event(), await event()];
    await planAll(events);
    await set(`next_attempt_at = now() + interval '1 minute'`);
    await setBack();
    expect(eventsOf(await claim())).toEqual(idsOf(events));
  });

  test('an outbox closed before is open', async () => {
    const some = await event();
    await planAll(some);
    await setOutbox(`closed_until = now() + interval '1 second', closed_at = now()`);
    await setBack();
    expect(eventsOf(await claim())).toEqual(idsOf([some]));
  });

  test('a released outbox is due at once, not two hours later', async () => {
    await planAll([await event(), await event()]);
    await set(`next_attempt_at = now() + interval '1 minute'`);
    await setBack();
    expect((await claim(0)).dueInMs).toBe(0);
    await eventually(async () => expect((await outbox()).due_in).toBeLessThanOrEqual(0));
  });
});
