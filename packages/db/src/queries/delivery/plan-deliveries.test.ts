import {
  addEvent,
  changeOf,
  type DifferingPlan,
  forgetDeliveries,
  outboxes,
  planEvents,
  type SomeEvent,
  someEvent,
} from '@incidents/testing/fixtures/deliveries';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { beforeEach, describe, expect, test } from 'vitest';
import { createDb } from '../../client.ts';
import type { DeliveryTable } from '../../tables/delivery.ts';

const database = useTestDatabase();
const people = ['a@example.com', 'b@example.com', 'c@example.com'];
const storm = { threshold: 5, windowSeconds: 60, digestAfterSeconds: 30 };
const telegram = { channel: 'telegram', transport: 'telegram' } as const;

beforeEach(() => forgetDeliveries(database.db));

const event = (source = 'operator') => someEvent(database.db, { source });
const change = (of: SomeEvent, status?: string) => changeOf(database.db, of, status);
const plan = (events: SomeEvent | SomeEvent[], differing: DifferingPlan = {}) =>
  planEvents(database.db, [events].flat(), differing);

interface Planned extends Pick<DeliveryTable, 'event_id' | 'channel' | 'recipient' | 'digest' | 'state'> {
  id: number;
  outbox_id: number;
  due_in: number;
}
async function planned(): Promise<Planned[]> {
  const { rows } = await database.db.pool.query<Planned>(
    `select id, event_id, channel, recipient, digest, state, outbox_id,
       extract(epoch from next_attempt_at - now())::float8 as due_in
     from deliveries order by id`,
  );
  return rows;
}
const eventsPlanned = async () => (await planned()).map(({ event_id }) => event_id);

async function split(recipient: string) {
  const own = (await planned()).filter((row) => row.recipient === recipient);
  return {
    single: own.filter(({ digest }) => !digest).length,
    digest: own.filter(({ digest }) => digest).length,
  };
}

const pass = (seconds: number) =>
  database.db.pool.query('update outboxes set burst_at = burst_at - make_interval(secs => $1)', [seconds]);

test('inserts one due delivery per event and recipient, in the outbox of the recipient', async () => {
  const events = [await event(), await event()];
  const woken = await plan(events, { recipients: people });
  const rows = await planned();
  expect(rows.map(({ event_id, recipient }) => [event_id, recipient]).toSorted()).toEqual(
    events.flatMap(({ event_id }) => people.map((recipient) => [event_id, recipient])),
  );
  const boxes = await outboxes(database.db);
  expect(boxes.map(({ channel, address, owner }) => ({ channel, address, owner }))).toEqual(
    people.map((address) => ({ channel: 'email', address, owner: null })),
  );
  for (const row of rows) {
    expect(row).toMatchObject({ state: 'pending', digest: false });
    expect(row.due_in).toBeLessThanOrEqual(0);
    expect(boxes.find(({ id }) => id === row.outbox_id)?.address).toBe(row.recipient);
  }
  for (const { due_in } of boxes) expect(due_in).toBeLessThanOrEqual(0);
  expect(woken.toSorted((a, b) => a.id - b.id)).toEqual(boxes.map(({ id }) => ({ id, dueInMs: 0 })));
});

test('adds only missing deliveries when it plans again, also with a new recipient', async () => {
  const some = await event();
  await plan(some, { recipients: people.slice(0, 2) });
  const before = [await planned(), await outboxes(database.db)];
  expect(await plan(some, { recipients: people.slice(0, 2) })).toEqual([]);
  expect(await planned()).toEqual(before[0]?.map((row) => ({ ...row, due_in: expect.any(Number) })));
  const woken = await plan(some, { recipients: people });
  const boxes = await outboxes(database.db);
  expect(woken.map(({ id }) => id)).toEqual([boxes[2]?.id]);
  expect((await planned()).map(({ recipient }) => recipient)).toEqual(people);
});

test('plans no delivery for unknown events, deleted incidents and an empty list', async () => {
  const gone = await event();
  await database.db.pool.query('delete from incidents');
  for (const events of [[], [gone], [{ event_id: 404, incident_id: 404 }]]) {
    expect(await plan(events)).toEqual([]);
  }
  expect(await planned()).toEqual([]);
});

const onlyEscalations = (recipient: string) => ({ recipient, sources: null, onlyEscalations: true });

describe('recipients', () => {
  test('with a filter get only incidents of its sources', async () => {
    const [operator, partner, other] = [await event('operator'), await event('partner'), await event('бот')];
    await plan([operator, partner, other], {
      recipients: [
        'all@example.com',
        { recipient: 'two@example.com', sources: ['partner', 'бот'] },
        { recipient: 'none@example.com', sources: [] },
      ],
    });
    const of = async (recipient: string) =>
      (await planned()).filter((row) => row.recipient === recipient).map(({ event_id }) => event_id);
    expect(await of('all@example.com')).toEqual([operator, partner, other].map(({ event_id }) => event_id));
    expect(await of('two@example.com')).toEqual([partner.event_id, other.event_id]);
    expect(await of('none@example.com')).toEqual([]);
  });

  test('with severities get incidents that have one of them now', async () => {
    const [raised, info] = [
      await someEvent(database.db, { severity: 'warning', source: 'a' }),
      await someEvent(database.db, { severity: 'info', source: 'a' }),
    ];
    const recipients = [
      { recipient: 'urgent@example.com', sources: null, severities: ['critical', 'error'] },
      { recipient: 'both@example.com', sources: ['b'], severities: ['info'] },
      { recipient: 'info@example.com', sources: ['a'], severities: ['info'] },
    ];
    await plan([raised, info], { recipients });
    await database.db.pool.query(`update incidents set severity = 'critical' where id = $1`, [
      raised.incident_id,
    ]);
    const repeated = await addEvent(database.db, raised, 'occurred_again');
    await plan(repeated, { recipients });
    expect((await planned()).map(({ event_id, recipient }) => [event_id, recipient])).toEqual([
      [info.event_id, 'info@example.com'],
      [raised.event_id, 'urgent@example.com'],
      [repeated.event_id, 'urgent@example.com'],
    ]);
  });

  test('of escalations get no other event, and each escalation once', async () => {
    const created = await event();
    const [repeated, escalated] = [
      await addEvent(database.db, created, 'occurred_again'),
      await addEvent(database.db, created, 'escalated'),
    ];
    await plan([created, repeated, escalated], {
      recipients: ['duty@example.com', ...['chief@example.com', 'duty@example.com'].map(onlyEscalations)],
    });
    const rows = (await planned()).map(({ event_id, recipient }) => [event_id, recipient]);
    expect(rows.sort()).toEqual([
      [created.event_id, 'duty@example.com'],
      [repeated.event_id, 'duty@example.com'],
      [escalated.event_id, 'chief@example.com'],
      [escalated.event_id, 'duty@example.com'],
    ]);
  });

  test('whose filters match no event wake no outbox', async () => {
    expect(
      await plan(await event('operator'), {
        recipients: [{ recipient: 'a@example.com', sources: ['partner'] }],
      }),
    ).toEqual([]);
    expect(await outboxes(database.db)).toEqual([]);
  });

  test('that are topics of one chat share an outbox, which counts each incident once', async () => {
    const recipients = ['-100', '-100:1', '-100:2', '@Ops:7', '@ops', '200'];
    await plan(await event(), { ...telegram, recipients, storm });
    expect((await outboxes(database.db)).map(({ address, burst }) => [address, burst])).toEqual([
      ['-100', 1],
      ['200', 1],
      ['@ops', 1],
    ]);
    expect(new Set((await planned()).map(({ recipient }) => recipient))).toEqual(new Set(recipients));
  });

  test('differ by channel, and mailboxes by case', async () => {
    const some = await event();
    await plan(some, { recipients: ['100', 'A@example.com', 'a@example.com'] });
    await plan(some, { ...telegram, recipients: ['100'] });
    expect(
      (await outboxes(database.db)).map(({ channel, address }) => `${channel} ${address}`).toSorted(),
    ).toEqual(['email 100', 'email A@example.com', 'email a@example.com', 'telegram 100']);
  });
});

describe('an earlier event of the same incident', () => {
  test('whose job has not run yet is planned first', async () => {
    const created = await event();
    const changed = await change(created);
    await plan(changed);
    expect(await eventsPlanned()).toEqual([created.event_id, changed.event_id]);
    await plan(created);
    expect(await eventsPlanned()).toEqual([created.event_id, changed.event_id]);
  });

  test('is due before it and before later events', async () => {
    const created = await event();
    const other = await event();
    const changed = await change(created);
    await plan(other);
    await plan(changed);
    const { rows } = await database.db.pool.query(
      'select event_id from deliveries order by next_attempt_at, event_id',
    );
    expect(rows.map(({ event_id }) => event_id)).toEqual(
      [created, other, changed].map(({ event_id }) => event_id),
    );
  });

  test('that is planned, too old or without a change of status is not planned', async () => {
    const [first, second, third] = [await event(), await event(), await event()];
    await plan(first);
    const changed = await change(first, 'в работе');
    await database.db.pool.query(`update deliveries set state = 'sent'`);
    await plan(changed);
    expect(await eventsPlanned()).toEqual([first.event_id, changed.event_id]);

    await database.db.pool.query(
      `update incident_events set kind = 'updated', changes = '{"text": {}}' where id = $1`,
      [second.event_id],
    );
    const ofSecond = await change(second);
    await plan(ofSecond);
    await database.db.pool.query(
      `update incident_events set at = now() - interval '61 minutes' where id = $1`,
      [third.event_id],
    );
    const ofThird = await change(third);
    await plan(ofThird);
    expect((await eventsPlanned()).slice(2)).toEqual([ofSecond.event_id, ofThird.event_id]);
  });

  test('of another channel is not considered', async () => {
    const created = await event();
    await plan(created, { ...telegram, recipients: ['7'] });
    const changed = await change(created);
    await plan(changed);
    expect(
      (await planned()).filter(({ channel }) => channel === 'email').map(({ event_id }) => event_id),
    ).toEqual([created.event_id, changed.event_id]);
  });
});

describe('a storm', () => {
  test('gathers incidents above the threshold for a digest, each with its time', async () => {
    for (let index = 0; index < 4; index++)
      await plan(await event(), { storm, recipients: ['a@example.com'] });
    await plan([await event(), await event(), await event()], { storm, recipients: ['a@example.com'] });
    expect((await planned()).map(({ digest }) => digest)).toEqual([...Array(5).fill(false), true, true]);
    for (const { digest, due_in } of await planned()) {
      if (digest) expect(due_in).toBeCloseTo(30, 0);
      else expect(due_in).toBeLessThanOrEqual(0);
    }
  });

  test('is separate for each recipient', async () => {
    for (let index = 0; index < 8; index++) {
      await plan(await event(index % 2 ? 'operator' : 'partner'), {
        storm,
        recipients: ['all@example.com', { recipient: 'some@example.com', sources: ['operator'] }],
      });
    }
    expect(await split('all@example.com')).toEqual({ single: 5, digest: 3 });
    expect(await split('some@example.com')).toEqual({ single: 4, digest: 0 });
  });

  test('ends as its level sinks by the threshold per window', async () => {
    const recipients = ['a@example.com'];
    await plan(await Promise.all(Array.from({ length: 5 }, () => event())), { storm, recipients });
    await pass(12);
    await plan([await event(), await event()], { storm, recipients });
    expect(await split('a@example.com')).toEqual({ single: 6, digest: 1 });
    await pass(60);
    await plan(await Promise.all(Array.from({ length: 5 }, () => event())), { storm, recipients });
    expect((await split('a@example.com')).single).toBeGreaterThanOrEqual(9);
  });

  test('ends one window after its last incident, however large it was', async () => {
    const recipients = ['a@example.com'];
    const many = await Promise.all(Array.from({ length: 60 }, () => event()));
    await plan(many, { storm, recipients });
    expect(await split('a@example.com')).toEqual({ single: 5, digest: 55 });
    await pass(61);
    await plan(await event(), { storm, recipients });
    expect(await split('a@example.com')).toEqual({ single: 6, digest: 55 });
  });

  test('ignores changes of incidents: no digest has only changes', async () => {
    const created = await event();
    await plan(created, { storm });
    for (let index = 0; index < 12; index++) {
      await plan(await change(created, index % 2 ? 'новый' : 'закрыт'), { storm });
    }
    expect(await split('duty@example.com')).toEqual({ single: 13, digest: 0 });
    const [box] = await outboxes(database.db);
    expect(box?.burst).toBeLessThanOrEqual(1);
  });

  test('gathers escalations too', async () => {
    const created = await Promise.all(Array.from({ length: 8 }, () => event()));
    await plan(created, { storm });
    await pass(120);
    const escalated = await Promise.all(created.map((of) => addEvent(database.db, of, 'escalated')));
    await plan(escalated, { storm });
    expect(await split('duty@example.com')).toEqual({ single: 5 + 5, digest: 3 + 3 });
  });

  test('counts an incident once when it is planned twice', async () => {
    const events = await Promise.all(Array.from({ length: 5 }, () => event()));
    for (let round = 0; round < 3; round++) await plan(events, { storm });
    await plan(await event(), { storm: { ...storm, threshold: 6 } });
    expect(await split('duty@example.com')).toEqual({ single: 6, digest: 0 });
  });

  test('keeps its level when the clock was set back', async () => {
    await plan(await Promise.all(Array.from({ length: 5 }, () => event())), { storm });
    await pass(-7_200);
    await plan(await event(), { storm });
    expect(await split('duty@example.com')).toEqual({ single: 5, digest: 1 });
    await pass(24);
    await plan([await event(), await event()], { storm });
    expect((await split('duty@example.com')).single).toBeGreaterThanOrEqual(6);
  });

  test('does not apply to the transport log', async () => {
    await plan(await Promise.all(Array.from({ length: 9 }, () => event())), {
      transport: 'log',
      recipients: ['log'],
      storm: { ...storm, threshold: 0 },
    });
    expect(await split('log')).toEqual({ single: 9, digest: 0 });
  });
});

describe('an existing outbox', () => {
  test('becomes due at once, counts a wakeup and keeps its owner', async () => {
    await plan(await event());
    await database.db.pool.query(`update outboxes set due_at = 'infinity', owner = 'pool-7'`);
    const woken = await plan(await event());
    const [box] = await outboxes(database.db);
    expect(box).toMatchObject({ owner: 'pool-7', wakeups: 1 });
    expect(box?.due_in).toBeLessThanOrEqual(0);
    expect(woken).toEqual([{ id: box?.id, dueInMs: 0 }]);
  });

  test('that is closed becomes due when it opens', async () => {
    await plan(await event());
    await database.db.pool.query(
      `update outboxes set due_at = 'infinity', closed_until = now() + interval '1 minute', closed_at = now()`,
    );
    const [woken] = await plan(await event());
    expect(woken?.dueInMs).toBeCloseTo(60_000, -3);
    const [box] = await outboxes(database.db);
    expect(box?.due_in).toBeCloseTo(60, 0);
  });

  test('that was closed before the clock was set back by two hours is due at once', async () => {
    await plan(await event());
    await database.db.pool.query(
      `update outboxes set due_at = 'infinity', closed_until = now() + interval '2 hours 1 second',
         closed_at = now() + interval '2 hours'`,
    );
    expect(await plan(await event())).toEqual([{ id: expect.any(Number), dueInMs: 0 }]);
  });
});

describe('concurrent planners', () => {
  async function together(plans: { events: SomeEvent[]; differing: DifferingPlan }[]): Promise<void> {
    const db = createDb({
      url: database.url,
      poolSize: 16,
      applicationName: 'planners',
      onConnectionError: () => {},
    });
    try {
      await Promise.all(plans.map(({ events, differing }) => planEvents(db, events, differing)));
    } finally {
      await db.close();
    }
  }

  test('of one event insert one delivery per recipient', async () => {
    const some = await event();
    await together(
      Array.from({ length: 12 }, () => ({ events: [some], differing: { recipients: people, storm } })),
    );
    expect((await planned()).map(({ recipient }) => recipient)).toEqual(people);
  });

  test('of different events, recipients and channels neither deadlock nor lose deliveries', async () => {
    const events = await Promise.all(Array.from({ length: 40 }, () => event()));
    const shuffled = people.toReversed();
    await together(
      events.flatMap((some, index) => [
        { events: [some], differing: { recipients: index % 2 ? people : shuffled, storm } },
        {
          events: [some],
          differing: { ...telegram, recipients: index % 2 ? ['1', '2:5'] : ['2:6', '1'], storm },
        },
      ]),
    );
    expect(await planned()).toHaveLength(40 * 5);
    for (const recipient of people) expect(await split(recipient)).toEqual({ single: 5, digest: 35 });
    for (const { wakeups } of await outboxes(database.db)) expect(wakeups).toBe(39);
  });

  test('of events of one incident plan each once', async () => {
    const created = await event();
    const events = [created];
    for (let index = 0; index < 7; index++)
      events.push(await change(created, index % 2 ? 'новый' : 'закрыт'));
    await together(events.map((some) => ({ events: [some], differing: { recipients: people } })));
    for (const recipient of people) {
      const own = (await planned()).filter((row) => row.recipient === recipient);
      expect(own.map(({ event_id }) => event_id).toSorted((a, b) => a - b)).toEqual(
        events.map(({ event_id }) => event_id),
      );
    }
  });
});
