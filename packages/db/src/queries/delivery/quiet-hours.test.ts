import { eventsOf, idsOf, useClaims } from '@incidents/testing/fixtures/claims';
import {
  addEvent,
  NOW_ROUNDED_DOWN,
  planEvents,
  type SomeEvent,
  someEvent,
} from '@incidents/testing/fixtures/deliveries';
import { describe, expect, test } from 'vitest';

const { database, set, sent, claim } = useClaims();

const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1_000).toISOString();
const quietUntil = { info: inSeconds(7_200), warning: inSeconds(3_600) };

const incident = (severity = 'info') => someEvent(database.db, { severity });
const plan = (event: SomeEvent, differing: Parameters<typeof planEvents>[2] = {}) =>
  planEvents(database.db, [event], { quietUntil, ...differing });
const raise = async (event: SomeEvent, severity: string) => {
  await database.db.pool.query('update incidents set severity = $1 where id = $2', [
    severity,
    event.incident_id,
  ]);
  return addEvent(database.db, event, 'updated', { severity: { from: 'info', to: severity } });
};

async function deliveries() {
  const { rows } = await database.db.pool.query<{ event_id: number; digest: boolean; due_in: number }>(
    `select event_id, recipient, digest, extract(epoch from next_attempt_at - now())::float8 as due_in,
       extract(epoch from now() - series_began_at)::float8 as age
     from deliveries order by event_id, recipient`,
  );
  return rows;
}

describe('planDeliveries in quiet hours', () => {
  test('holds every event of a quiet severity until the end, and tells others at once', async () => {
    const info = await incident();
    const repeated = await addEvent(database.db, info, 'occurred_again');
    const warning = await incident('warning');
    const critical = await incident('critical');
    for (const event of [info, repeated, warning, critical]) await plan(event);
    expect(await deliveries()).toMatchObject([
      { event_id: info.event_id, digest: true, due_in: expect.closeTo(7_200, -2) },
      { event_id: repeated.event_id, digest: true, due_in: expect.closeTo(7_200, -2) },
      { event_id: warning.event_id, digest: true, due_in: expect.closeTo(3_600, -2) },
      { event_id: critical.event_id, digest: false, due_in: expect.closeTo(0, 0) },
    ]);
    expect(eventsOf(await claim())).toEqual([critical.event_id]);
  });

  test('does not hold messages of the log', async () => {
    await plan(await incident(), { transport: 'log', recipients: ['log'] });
    expect(await deliveries()).toMatchObject([{ digest: false }]);
  });

  test('counts no held incident for a storm', async () => {
    const storm = { threshold: 2, windowSeconds: 60, digestAfterSeconds: 30 };
    for (let index = 0; index < 5; index++) await plan(await incident(), { storm });
    await plan(await incident('critical'), { storm });
    expect((await deliveries()).at(-1)).toMatchObject({ digest: false, due_in: expect.closeTo(0, 0) });
  });

  test.each([
    ['becomes critical', 'updated', 'critical'],
    ['is not quiet any more', 'updated', 'error'],
  ])('releases what it holds of an incident that %s, in order', async (_, __, severity) => {
    const [one, other] = [await incident(), await incident()];
    const repeated = await addEvent(database.db, one, 'occurred_again');
    for (const event of [one, repeated, other]) await plan(event);
    expect(eventsOf(await claim())).toEqual([]);
    const raised = await raise(one, severity);
    await plan(raised);
    expect(eventsOf(await claim())).toEqual(idsOf([one, repeated, raised]));
    await sent([one, repeated, raised]);
    expect(eventsOf(await claim())).toEqual([]);
  });

  test('tells an escalation of a critical incident at once, and holds that of a quiet one', async () => {
    const [critical, info] = [await incident('critical'), await incident()];
    const escalations = [
      await addEvent(database.db, critical, 'escalated'),
      await addEvent(database.db, info, 'escalated'),
    ];
    for (const escalation of escalations) await plan(escalation);
    expect(eventsOf(await claim())).toEqual([critical.event_id, escalations[0]?.event_id]);
  });

  test('releases nothing of recipients that do not get the event', async () => {
    const one = await incident();
    const recipients = [
      { recipient: 'all@example.com', sources: null },
      { recipient: 'info@example.com', sources: null, severities: ['info'] },
    ];
    await plan(one, { recipients });
    await plan(await raise(one, 'critical'), { recipients });
    expect(await deliveries()).toMatchObject([
      { recipient: 'all@example.com', digest: false },
      { recipient: 'info@example.com', digest: true },
      { recipient: 'all@example.com', digest: false },
    ]);
  });

  test('releases deliveries that another planner holds at the same moment', async () => {
    for (let round = 0; round < 20; round++) {
      const one = await incident();
      const held = plan(one);
      const raised = await raise(one, 'critical');
      await Promise.all([held, plan(raised)]);
    }
    expect((await deliveries()).filter(({ digest }) => digest)).toEqual([]);
  });
});

describe('claimDeliveries after quiet hours', () => {
  test('gathers all held events whose time has come in one digest, and none before', async () => {
    const [one, two] = [await incident('warning'), await incident('warning')];
    const repeated = await addEvent(database.db, one, 'occurred_again');
    const info = await incident();
    for (const event of [one, two, repeated, info]) await plan(event);
    await set(
      `next_attempt_at = ${NOW_ROUNDED_DOWN}, series_began_at = ${NOW_ROUNDED_DOWN}`,
      `event_id = any('{${idsOf([one, two, repeated])}}')`,
    );
    expect(eventsOf(await claim())).toEqual(idsOf([one, two, repeated]));
  });

  test('leaves held events out of the digest of a storm', async () => {
    const held = await incident();
    await plan(held);
    const critical = await incident('critical');
    await plan(critical, { storm: { threshold: 0, windowSeconds: 60, digestAfterSeconds: 0 } });
    expect(eventsOf(await claim())).toEqual([critical.event_id]);
  });

  test('counts the age of a delivery from the end of the quiet hours on', async () => {
    const held = await incident();
    await plan(held);
    await set(`next_attempt_at = ${NOW_ROUNDED_DOWN}, series_began_at = now() - interval '2 seconds'`);
    expect((await claim()).deliveries).toMatchObject([{ age_seconds: expect.closeTo(2, 0) }]);
  });
});
