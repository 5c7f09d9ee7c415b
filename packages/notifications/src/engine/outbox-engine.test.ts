import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '@incidents/testing/eventually';
import {
  changeOf,
  type DifferingPlan,
  forgetDeliveries,
  outboxes,
  planEvents,
  type SomeEvent,
  someEvent,
} from '@incidents/testing/fixtures/deliveries';
import { startCutOffProxy } from '@incidents/testing/postgres/cut-off-proxy';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { useTestLogger } from '@incidents/testing/test-logger';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { Channel, ChannelName, SendResult } from './channel.ts';
import { startTestEngine } from './testing/engine-fixture.ts';
import { type ScriptedChannel, scriptedChannel } from './testing/scripted-channel.ts';

const database = useTestDatabase();
const log = useTestLogger();

beforeEach(() => forgetDeliveries(database.db));

const telegram = { channel: 'telegram', transport: 'telegram' } as const;
const sent: SendResult = { kind: 'sent', providerMessageId: 'm-1' };
const unavailable: SendResult = { kind: 'unavailable', error: 'connect ECONNREFUSED' };

const start = (
  channels: Partial<Record<ChannelName, Channel>>,
  options: { url?: string; maxAgeSeconds?: number } = {},
) => startTestEngine({ url: database.url, pools: database.db, logger: log.logger, channels, ...options });

/** Plans a new incident for each of `count`, in their order. */
async function plan(count: number, differing: DifferingPlan = {}): Promise<SomeEvent[]> {
  const events: SomeEvent[] = [];
  for (let index = 0; index < count; index++) {
    const event = await someEvent(database.db);
    await planEvents(database.db, [event], differing);
    events.push(event);
  }
  return events;
}

interface Row {
  id: number;
  incident_id: number;
  recipient: string;
  state: string;
  attempts: number;
  last_error: string | null;
}
async function rows(): Promise<Row[]> {
  const found = await database.db.pool.query<Row>(
    'select id, incident_id, recipient, state, attempts, last_error from deliveries order by event_id, id',
  );
  return found.rows;
}
const states = async () => [...new Set((await rows()).map(({ state }) => state))];
/** Resolves when nothing waits any more. */
const done = (timeout = 15_000) =>
  eventually(async () => {
    const waiting = (await rows()).filter(({ state }) => state === 'pending' || state === 'sending');
    expect(waiting).toEqual([]);
  }, timeout);
const idle = () =>
  eventually(async () => {
    for (const { owner, due_in } of await outboxes(database.db)) {
      expect({ owner, due_in }).toEqual({ owner: null, due_in: null });
    }
  });

const idsOf = (events: SomeEvent[]) => events.map(({ incident_id }) => incident_id);
const toldTo = ({ messages }: ScriptedChannel, recipient = 'duty@example.com') =>
  messages.filter((message) => message.recipient === recipient).flatMap(({ incidents }) => incidents);

/** Something that messages wait for. */
function gate() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}

describe('messages', () => {
  test('leave in the order of their events, are recorded, and the outbox is given up', async () => {
    const events: SomeEvent[] = [];
    for (let index = 0; index < 45; index++) events.push(await someEvent(database.db));
    for (const event of events.toReversed()) await planEvents(database.db, [event]);
    const email = scriptedChannel();
    await start({ email });
    await done();
    expect(toldTo(email)).toEqual(idsOf(events));
    const { rows: found } = await database.db.pool.query(
      'select distinct state, attempts, provider_message_id, last_error, next_attempt_at from deliveries',
    );
    expect(found).toEqual([
      { state: 'sent', attempts: 1, provider_message_id: 'm-1', last_error: null, next_attempt_at: null },
    ]);
    await idle();
    expect(log.lines.filter(({ msg }) => msg === 'delivery')).toHaveLength(45);
  });

  test('about one incident leave one after the other, though they wait together', async () => {
    const [created] = await plan(1);
    if (created === undefined) throw new Error('no incident');
    for (const status of ['в работе', 'закрыт', 'новый'])
      await planEvents(database.db, [await changeOf(database.db, created, status)]);
    const [other] = await plan(1);
    const email = scriptedChannel();
    await start({ email });
    await done();
    expect(
      email.notices
        .filter(({ incident }) => incident.id !== other?.incident_id)
        .map(({ event }) => event.kind),
    ).toEqual(['created', 'updated', 'updated', 'updated']);
    const own = email.notices
      .filter(({ incident }) => incident.id !== other?.incident_id)
      .map(({ event }) => event.id);
    expect(own).toEqual(own.toSorted((a, b) => a - b));
  });

  test('of interleaved changes leave in the order of their events', async () => {
    const events: SomeEvent[] = [];
    for (let index = 0; index < 6; index++) {
      const created = await someEvent(database.db);
      events.push(created, await changeOf(database.db, created));
    }
    for (const event of events) await planEvents(database.db, [event]);
    const email = scriptedChannel();
    await start({ email });
    await done();
    expect(email.notices.map(({ event }) => event.id)).toEqual(events.map(({ event_id }) => event_id));
  });

  test('about an incident wait for an earlier one that did not leave, though they were taken together', async () => {
    const [first] = await plan(1);
    const created = await someEvent(database.db);
    const changed = await changeOf(database.db, created);
    const other = await someEvent(database.db);
    for (const event of [created, changed, other]) await planEvents(database.db, [event]);
    const email = scriptedChannel(({ number }) => (number === 2 ? { kind: 'retry', error: 'busy' } : sent));
    await start({ email });
    await done();
    expect(email.notices.map(({ event }) => event.id)).toEqual(
      [first, created, other, created, changed].map((event) => event?.event_id),
    );
    expect((await rows()).map(({ attempts }) => attempts)).toEqual([1, 2, 1, 1]);
  });

  test('that a planner of this process wakes leave at once, not at the next look', async () => {
    const email = scriptedChannel();
    const engine = await start({ email });
    await sleep(200);
    const began = performance.now();
    for (let round = 1; round <= 5; round++) {
      engine.wakeOutboxes('email', await planEvents(database.db, [await someEvent(database.db)]));
      await eventually(() => expect(email.messages).toHaveLength(round));
    }
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  test('that another process has planned are found', async () => {
    const email = scriptedChannel();
    await start({ email });
    await sleep(200);
    await plan(1);
    await done(5_000);
    expect(email.messages).toHaveLength(1);
  });

  test('that did not succeed are tried again when their time comes; later ones do not wait for them', async () => {
    const events = await plan(3);
    const email = scriptedChannel(({ number }) => (number === 1 ? { kind: 'retry', error: 'busy' } : sent));
    await start({ email });
    const began = performance.now();
    await done();
    expect(performance.now() - began).toBeGreaterThan(1_500);
    const [first, second, third] = idsOf(events);
    expect(toldTo(email)).toEqual([first, second, third, first]);
    expect((await rows()).map(({ state, attempts }) => [state, attempts])).toEqual([
      ['sent', 2],
      ['sent', 1],
      ['sent', 1],
    ]);
  });

  test('behind one that is refused for good leave', async () => {
    log.expectErrors();
    const events = await plan(3);
    const email = scriptedChannel(({ number }) => (number === 2 ? { kind: 'failed', error: '550' } : sent));
    await start({ email });
    await done();
    expect(toldTo(email)).toEqual(idsOf(events));
    expect((await rows()).map(({ state, last_error }) => [state, last_error])).toEqual([
      ['sent', null],
      ['failed', '550'],
      ['sent', null],
    ]);
    expect(log.lines.filter(({ level }) => level === 'error')).toMatchObject([
      { msg: 'delivery failed for good' },
    ]);
  });

  test('about incidents that were deleted are skipped', async () => {
    await plan(2);
    await database.db.pool.query('delete from incidents');
    const email = scriptedChannel();
    await start({ email });
    await done();
    expect(email.messages).toEqual([]);
    expect(await rows()).toMatchObject(
      Array(2).fill({ state: 'skipped', last_error: 'the incident no longer exists' }),
    );
  });

  test.each<{ thrown: unknown; error: string }>([
    { thrown: new Error('a\u0000b \ud800'), error: 'a\ufffdb \ufffd' },
    { thrown: new Error('x'.repeat(5_000)), error: 'x'.repeat(2_000) },
    { thrown: 'just words', error: 'just words' },
  ])('whose channel throws are tried again, with an error that can be stored', async ({ thrown, error }) => {
    await plan(1);
    await start({
      email: scriptedChannel(() => {
        throw thrown;
      }),
    });
    await eventually(async () =>
      expect(await rows()).toMatchObject([{ state: 'pending', attempts: 1, last_error: error }]),
    );
  });

  test('with an error that cannot be stored fail with one that can', async () => {
    log.expectErrors();
    await plan(1);
    await start({ email: scriptedChannel(() => ({ kind: 'failed', error: '550 \u0000\udfff' })) });
    await done();
    expect(await rows()).toMatchObject([{ state: 'failed', last_error: '550 \ufffd\ufffd' }]);
  });

  test.each<{ result: SendResult; error: string }>([
    { result: { kind: 'retry', error: 'busy' }, error: 'busy' },
    { result: unavailable, error: 'connect ECONNREFUSED' },
    { result: { kind: 'closed', delayMs: 60_000, error: '429' }, error: 'not sent within 60 s: 429' },
  ])('that are too old after $result.kind are given up', async ({ result, error }) => {
    log.expectErrors();
    await plan(1);
    await database.db.pool.query(`update deliveries set series_began_at = now() - interval '61 seconds'`);
    await start({ email: scriptedChannel(() => result) }, { maxAgeSeconds: 60 });
    await done();
    expect(await rows()).toMatchObject([{ state: 'failed', last_error: error }]);
  });
});

describe('a channel that edits its messages', () => {
  const chat = { ...telegram, recipients: ['7'] };

  test('tells several events by one message, the last of them', async () => {
    const [created] = await plan(1, chat);
    if (created === undefined) throw new Error('no incident');
    const changes: SomeEvent[] = [];
    for (const status of ['в работе', 'закрыт']) {
      const change = await changeOf(database.db, created, status);
      await planEvents(database.db, [change], chat);
      changes.push(change);
    }
    const channel = scriptedChannel(() => sent, { mergesEvents: true, transport: 'telegram' });
    const engine = await start({ telegram: channel });
    await done();
    expect(channel.notices).toMatchObject([
      { event: { id: changes[1]?.event_id }, incident: { status: 'закрыт' }, previousMessageId: null },
    ]);
    expect(await rows()).toMatchObject(Array(3).fill({ state: 'sent', attempts: 1 }));

    const later = await changeOf(database.db, created, 'новый');
    engine.wakeOutboxes('telegram', await planEvents(database.db, [later], chat));
    await eventually(() => expect(channel.notices).toHaveLength(2));
    expect(channel.notices[1]).toMatchObject({ event: { id: later.event_id }, previousMessageId: 'm-1' });
  });

  test('tries all of them again together', async () => {
    const [created] = await plan(1, chat);
    if (created === undefined) throw new Error('no incident');
    await planEvents(database.db, [await changeOf(database.db, created)], chat);
    const channel = scriptedChannel(
      ({ number }) => (number === 1 ? { kind: 'retry', error: 'busy' } : sent),
      {
        mergesEvents: true,
        transport: 'telegram',
      },
    );
    await start({ telegram: channel });
    await done();
    expect(channel.messages).toHaveLength(2);
    expect(await rows()).toMatchObject(Array(2).fill({ state: 'sent', attempts: 2 }));
  });
});

describe('a digest', () => {
  const storm = { threshold: 0, windowSeconds: 60, digestAfterSeconds: 0.3 };

  test('tells all that gathered, and later events of these incidents', async () => {
    const events = await plan(5, { storm });
    const [first] = events;
    if (first === undefined) throw new Error('no incident');
    await planEvents(database.db, [await changeOf(database.db, first)]);
    const email = scriptedChannel();
    await start({ email });
    await done();
    expect(email.messages).toMatchObject([{ kind: 'digest', incidents: idsOf(events) }]);
    expect(email.digests[0]?.entries[0]).toMatchObject({ status: 'закрыт', text: 'Бот не отвечает' });
    expect(email.digests[0]?.deliveryIds).toHaveLength(5);
    expect(await rows()).toMatchObject(Array(6).fill({ state: 'sent', attempts: 1 }));
    const { rows: found } = await database.db.pool.query('select distinct digest from deliveries');
    expect(found).toEqual([{ digest: true }]);
  });

  test('that is full is followed by others, which name the rest in order', async () => {
    const events = await plan(9, { storm });
    const email = scriptedChannel(() => sent, { fit: 4 });
    await start({ email });
    await done();
    expect(email.messages.map(({ incidents }) => incidents.length)).toEqual([4, 4, 1]);
    expect(toldTo(email)).toEqual(idsOf(events));
    expect(await rows()).toMatchObject(Array(9).fill({ state: 'sent', attempts: 1 }));
  });

  test('that did not succeed comes back whole', async () => {
    const events = await plan(4, { storm });
    const email = scriptedChannel(({ number }) => (number === 1 ? { kind: 'retry', error: 'busy' } : sent));
    await start({ email });
    await done();
    expect(email.messages).toMatchObject([{ incidents: idsOf(events) }, { incidents: idsOf(events) }]);
    expect(email.digests[1]?.deliveryIds).toEqual(email.digests[0]?.deliveryIds);
  });

  test('leaves out the incidents that were deleted', async () => {
    const events = await plan(3, { storm });
    await database.db.pool.query('delete from incidents where id = $1', [events[1]?.incident_id]);
    const email = scriptedChannel();
    await start({ email });
    await done();
    expect(toldTo(email)).toEqual([events[0]?.incident_id, events[2]?.incident_id]);
    expect((await rows()).map(({ state }) => state)).toEqual(['sent', 'skipped', 'sent']);
  });
});

describe('two engines on one database', () => {
  test('never send one delivery twice, and never two to one address at once', {
    timeout: 40_000,
  }, async () => {
    const recipients = ['a@example.com', 'b@example.com', 'c@example.com'];
    const early = await plan(30, { recipients });
    // One channel for both, so it sees what they do together.
    const email = scriptedChannel(async () => {
      await sleep(Math.random() * 8);
      return sent;
    });
    const engines = [await start({ email }), await start({ email })];
    const late: SomeEvent[] = [];
    for (let index = 0; index < 40; index++) {
      const event = await someEvent(database.db);
      late.push(event);
      const woken = await planEvents(database.db, [event], { recipients });
      for (const outbox of woken) engines[Math.floor(Math.random() * 2)]?.wakeOutboxes('email', [outbox]);
      await sleep(Math.random() * 20);
    }
    await done();
    expect(email.maxUnderWay).toBe(1);
    for (const recipient of recipients) expect(toldTo(email, recipient)).toEqual(idsOf([...early, ...late]));
    expect(await rows()).toMatchObject(Array(70 * 3).fill({ state: 'sent', attempts: 1 }));
    await idle();
  });

  test('one goes on with what the other was sending when it died', { timeout: 30_000 }, async () => {
    const events = await plan(3);
    const hanging = gate();
    const dying = scriptedChannel(async ({ number }) => {
      if (number === 2) await hanging.opened;
      return sent;
    });
    const first = await start({ email: dying });
    await eventually(() => expect(dying.messages).toHaveLength(2));
    first.fallSilent();
    const email = scriptedChannel();
    await start({ email });
    await done();
    // The one that was under way twice, nothing else.
    expect(toldTo(email)).toEqual(idsOf(events.slice(1)));
    hanging.open();
    await eventually(async () => expect(await states()).toEqual(['sent']));
    expect(toldTo(dying)).toEqual(idsOf(events.slice(0, 2)));
  });

  test('one that stood still sends no more of what the other has sent meanwhile', {
    timeout: 30_000,
  }, async () => {
    const events = await plan(15);
    const standing = gate();
    const still = scriptedChannel(async ({ number }) => {
      // After the first message it takes many at a time.
      if (number === 3) await standing.opened;
      return sent;
    });
    const first = await start({ email: still });
    await eventually(() => expect(still.messages).toHaveLength(3));
    first.fallSilent();
    const email = scriptedChannel();
    await start({ email });
    await done();
    standing.open();
    await sleep(500);
    expect(toldTo(still)).toEqual(idsOf(events.slice(0, 3)));
    expect(toldTo(email)).toEqual(idsOf(events.slice(2)));
    expect(await states()).toEqual(['sent']);
  });
});

describe('a channel whose server hangs', () => {
  test('holds up no other channel', async () => {
    const mailboxes = Array.from({ length: 120 }, (_, index) => `duty-${index}@example.com`);
    await plan(1, { recipients: mailboxes });
    const hanging = scriptedChannel(() => new Promise(() => {}));
    const chat = scriptedChannel(() => sent, { transport: 'telegram', mergesEvents: true });
    const engine = await start({ email: hanging, telegram: chat });
    await eventually(() => expect(hanging.messages.length).toBeGreaterThanOrEqual(50));
    const began = performance.now();
    for (let round = 1; round <= 20; round++) {
      const event = await someEvent(database.db);
      engine.wakeOutboxes(
        'telegram',
        await planEvents(database.db, [event], { ...telegram, recipients: ['7'] }),
      );
      await eventually(() => expect(chat.messages).toHaveLength(round));
    }
    expect(performance.now() - began).toBeLessThan(3_000);
    expect(hanging.messages).toHaveLength(50);
    await engine.stop(0);
    const mails = (await rows()).filter(({ recipient }) => recipient.includes('@'));
    expect(mails).toMatchObject(Array(120).fill({ state: 'pending', attempts: 0 }));
  });

  test('has recorded what left before', async () => {
    await plan(4);
    const hanging = gate();
    const email = scriptedChannel(async ({ number }) => {
      if (number === 4) await hanging.opened;
      return sent;
    });
    await start({ email });
    await eventually(() => expect(email.messages).toHaveLength(4));
    await eventually(async () => {
      expect((await rows()).map(({ state }) => state)).toEqual(['sent', 'sent', 'sent', 'sending']);
    }, 1_000);
  });
});

describe('a channel whose server takes nothing', () => {
  const mailboxes = ['a@example.com', 'b@example.com', 'c@example.com', 'd@example.com'];

  test('pauses: one message at a time probes it, and then everything leaves in order', {
    timeout: 30_000,
  }, async () => {
    const events = await plan(6, { recipients: mailboxes });
    let isAway = true;
    const begun: number[] = [];
    let underWay = 0;
    let together = 0;
    const email = scriptedChannel(async () => {
      begun.push(performance.now());
      underWay += 1;
      if (begun.length > mailboxes.length) together = Math.max(together, underWay);
      await sleep(20);
      underWay -= 1;
      return isAway ? unavailable : sent;
    });
    await start({ email });
    const began = performance.now();
    await sleep(3_700);
    // Each address once, and a probe after one second and after two more.
    expect(begun.length).toBeLessThanOrEqual(mailboxes.length + 2);
    expect(begun.length).toBeGreaterThan(mailboxes.length);
    const probes = begun.filter((at) => at - began > 900);
    expect(probes).toHaveLength(2);
    expect((probes[1] ?? 0) - (probes[0] ?? 0)).toBeGreaterThan(1_900);
    expect(together).toBeLessThanOrEqual(1);
    const failures = begun.length;
    const tried = (await rows()).filter(({ attempts }) => attempts > 0);
    // Only the first message to each address was tried.
    expect(new Set(tried.map(({ incident_id }) => incident_id))).toEqual(new Set([events[0]?.incident_id]));

    isAway = false;
    await done();
    for (const mailbox of mailboxes) {
      const all = toldTo(email, mailbox);
      expect(all.slice(all.lastIndexOf(events[0]?.incident_id ?? 0)), mailbox).toEqual(idsOf(events));
    }
    const attempts = (await rows()).reduce((sum, row) => sum + row.attempts, 0);
    // A message that was taken with others and not tried is not counted.
    expect(attempts).toBe(events.length * mailboxes.length + failures);
    expect(log.lines).toContainEqual(
      expect.objectContaining({ channel: 'email', msg: 'the channel is no longer paused' }),
    );
  });

  test('does not pause the other channel', async () => {
    await plan(1, { recipients: mailboxes });
    await plan(1, { ...telegram, recipients: ['7'] });
    const chat = scriptedChannel(() => sent, { transport: 'telegram' });
    await start({ email: scriptedChannel(() => unavailable), telegram: chat });
    await eventually(() => expect(chat.messages).toHaveLength(1), 800);
  });

  test('goes on when it refuses the probe for that message alone', async () => {
    log.expectErrors();
    const events = await plan(3);
    const results: SendResult[] = [unavailable, { kind: 'failed', error: '550' }];
    const email = scriptedChannel(() => results.shift() ?? sent);
    await start({ email });
    await done(5_000);
    expect(toldTo(email)).toEqual([events[0]?.incident_id, ...idsOf(events)]);
    expect((await rows()).map(({ state, attempts }) => [state, attempts])).toEqual([
      ['failed', 2],
      ['sent', 1],
      ['sent', 1],
    ]);
  });
});

describe('an address that is closed', () => {
  test('gets nothing until it opens, then everything in order; others go on', async () => {
    const closed = await plan(4, { recipients: ['a@example.com'] });
    await plan(1, { recipients: ['b@example.com'] });
    const email = scriptedChannel(({ recipient, number }) =>
      recipient === 'a@example.com' && number <= 2 ? { kind: 'closed', delayMs: 1_500, error: '429' } : sent,
    );
    await start({ email });
    await eventually(() => expect(toldTo(email, 'b@example.com')).toHaveLength(1), 1_000);
    await sleep(500);
    expect(toldTo(email, 'a@example.com')).toHaveLength(1);
    await done();
    expect(toldTo(email, 'a@example.com')).toEqual([closed[0]?.incident_id, ...idsOf(closed)]);
    expect(await rows()).toMatchObject(Array(5).fill({ state: 'sent', attempts: 1 }));
  });

  test('with an interval keeps it, between one engine and the next as well', async () => {
    await plan(4, { recipients: ['a@example.com'] });
    const at: number[] = [];
    const email = scriptedChannel(
      () => {
        at.push(performance.now());
        return sent;
      },
      { intervalMs: () => 400 },
    );
    await Promise.all([start({ email }), start({ email })]);
    await done();
    const gaps = at.slice(1).map((time, index) => time - (at[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(398);
    expect(Math.max(...gaps)).toBeLessThan(1_600);
  });
});

describe('stop', () => {
  test('waits for the message under way, and gives up what was not sent', async () => {
    await plan(10);
    const underWay = gate();
    const email = scriptedChannel(async ({ number }) => {
      if (number === 3) await underWay.opened;
      return sent;
    });
    const engine = await start({ email });
    await eventually(() => expect(email.messages).toHaveLength(3));
    let hasStopped = false;
    const stopping = engine.stop(10_000).then(() => {
      hasStopped = true;
    });
    await sleep(200);
    expect(hasStopped).toBe(false);
    underWay.open();
    await stopping;
    expect(email.messages).toHaveLength(3);
    expect((await rows()).map(({ state, attempts }) => `${state} ${attempts}`)).toEqual([
      ...Array(3).fill('sent 1'),
      ...Array(7).fill('pending 0'),
    ]);
    const [box] = await outboxes(database.db);
    expect(box?.owner).toBeNull();
    expect(box?.due_in).toBeLessThanOrEqual(0);
    await start({ email });
    await done();
    expect(email.messages).toHaveLength(10);
  });

  test('aborts a message that does not end in time, and it was not tried', async () => {
    await plan(2);
    const email = scriptedChannel(() => new Promise(() => {}));
    const engine = await start({ email });
    await eventually(() => expect(email.messages).toHaveLength(1));
    const began = performance.now();
    await engine.stop(300);
    expect(performance.now() - began).toBeGreaterThanOrEqual(290);
    expect(performance.now() - began).toBeLessThan(2_000);
    expect(await rows()).toMatchObject(Array(2).fill({ state: 'pending', attempts: 0 }));
    expect((await outboxes(database.db))[0]?.owner).toBeNull();
  });

  test('begins nothing more, also what is woken later', async () => {
    const email = scriptedChannel();
    const engine = await start({ email });
    await engine.stop(1_000);
    engine.wakeOutboxes('email', await planEvents(database.db, [await someEvent(database.db)]));
    await sleep(1_300);
    expect(email.messages).toEqual([]);
  });

  test('ends at once while a retry is far away', async () => {
    await plan(1);
    const engine = await start({ email: scriptedChannel(() => ({ kind: 'retry', error: 'busy' })) });
    await eventually(async () => expect(await rows()).toMatchObject([{ state: 'pending', attempts: 1 }]));
    const began = performance.now();
    await engine.stop(10_000);
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});

describe('while the database is away', () => {
  /** Breaks every connection of the engine. */
  const cut = () =>
    database.db.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and application_name = 'incidents-engine'`,
    );

  test('recording goes on trying, and no message is told twice', { timeout: 30_000 }, async () => {
    const events = await plan(12);
    let proxy = await startCutOffProxy(database.url);
    const port = Number(new URL(proxy.url).port);
    onTestFinished(() => proxy.close());
    const away = gate();
    const email = scriptedChannel(async ({ number }) => {
      if (number === 4) await away.opened;
      return sent;
    });
    await start({ email }, { url: proxy.url });
    await eventually(() => expect(email.messages).toHaveLength(4));
    const closed = proxy.close();
    await cut();
    await closed;
    away.open();
    await sleep(1_500);
    expect((await rows()).map(({ state }) => state)).toContain('sending');
    proxy = await startCutOffProxy(database.url, port);
    await done();
    expect(toldTo(email)).toEqual(idsOf(events));
    expect(await rows()).toMatchObject(Array(12).fill({ state: 'sent', attempts: 1 }));
    await idle();
  });

  test('connections that break again and again lose nothing and tell nothing twice', {
    timeout: 30_000,
  }, async () => {
    const recipients = ['a@example.com', 'b@example.com'];
    const events = await plan(40, { recipients });
    const email = scriptedChannel(async () => {
      await sleep(15);
      return sent;
    });
    await start({ email });
    const cutting = setInterval(() => void cut().catch(() => {}), 60);
    onTestFinished(() => clearInterval(cutting));
    await sleep(1_000);
    clearInterval(cutting);
    await done();
    for (const recipient of recipients) expect(toldTo(email, recipient)).toEqual(idsOf(events));
    expect(await states()).toEqual(['sent']);
  });

  test('stop does not wait for it longer than it is told', { timeout: 30_000 }, async () => {
    await plan(2);
    const proxy = await startCutOffProxy(database.url);
    const away = gate();
    const email = scriptedChannel(async () => {
      await away.opened;
      return sent;
    });
    const engine = await start({ email }, { url: proxy.url });
    await eventually(() => expect(email.messages).toHaveLength(1));
    const closed = proxy.close();
    await cut();
    await closed;
    away.open();
    await sleep(200);
    const began = performance.now();
    await engine.stop(500);
    expect(performance.now() - began).toBeLessThan(3_000);
  });
});

test('what the database refuses to record ends neither the process nor the other outboxes', async () => {
  log.expectErrors();
  await database.db.pool.query(
    `create function refuse() returns trigger language plpgsql as $$
       begin
         if new.state = 'sent' and new.id between 2 and 25 then raise exception 'refused'; end if;
         return new;
       end $$;
     create trigger refuse before update on deliveries for each row execute function refuse()`,
  );
  try {
    await plan(25, { recipients: ['a@example.com'] });
    const email = scriptedChannel(async ({ recipient }) => {
      // Longer than it takes to record the one before.
      if (recipient === 'a@example.com') await sleep(60);
      return sent;
    });
    await start({ email });
    await eventually(() =>
      expect(log.lines).toContainEqual(
        expect.objectContaining({ level: 'error', msg: 'outbox drain failed' }),
      ),
    );
    await plan(1, { recipients: ['b@example.com'] });
    await eventually(async () => {
      expect((await rows()).filter(({ recipient }) => recipient === 'b@example.com')).toMatchObject([
        { state: 'sent' },
      ]);
    });
    await database.db.pool.query('drop trigger refuse on deliveries');
    await done();
  } finally {
    await database.db.pool.query('drop trigger if exists refuse on deliveries; drop function refuse');
  }
});
