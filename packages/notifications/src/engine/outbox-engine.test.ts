import { setTimeout as sleep } from 'node:timers/promises';
import { deleteIncidentRow } from '@incidents/db/queries/incident/delete-incident-row';
import { eventually } from '@incidents/testing/eventually';
import { changeOf, planEvents, type SomeEvent, someEvent } from '@incidents/testing/fixtures/deliveries';
import { cause } from '@incidents/testing/fixtures/incidents';
import { describe, expect, test } from 'vitest';
import type { SendResult } from './channel.ts';
import {
  listIncidentIds,
  listSentIncidents,
  sent,
  unavailable,
  useOutboxes,
} from './testing/outbox-fixture.ts';
import { scriptedChannel } from './testing/scripted-channel.ts';

const { database, log, planIncidents, readDeliveries, startEngine, waitUntilReleased, waitUntilSent } =
  useOutboxes();

describe('startOutboxEngine: messages', () => {
  test('are sent in the order of their events and recorded; the outbox is released', async () => {
    const events: SomeEvent[] = [];
    for (let index = 0; index < 45; index++) events.push(await someEvent(database.db));
    for (const event of events.toReversed()) await planEvents(database.db, [event]);
    const email = scriptedChannel();
    await startEngine({ email });
    await waitUntilSent();
    expect(listSentIncidents(email)).toEqual(listIncidentIds(events));
    const { rows: found } = await database.db.pool.query(
      'select distinct state, attempts, provider_message_id, last_error, next_attempt_at from deliveries',
    );
    expect(found).toEqual([
      { state: 'sent', attempts: 1, provider_message_id: 'm-1', last_error: null, next_attempt_at: null },
    ]);
    await waitUntilReleased();
    expect(log.lines.filter(({ msg }) => msg === 'delivery')).toHaveLength(45);
  });

  test('about one incident are sent one after the other', async () => {
    const [created] = await planIncidents(1);
    if (created === undefined) throw new Error('no incident');
    for (const status of ['в работе', 'закрыт', 'новый'])
      await planEvents(database.db, [await changeOf(database.db, created, status)]);
    const [other] = await planIncidents(1);
    const email = scriptedChannel();
    await startEngine({ email });
    await waitUntilSent();
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

  test('of interleaved changes are sent in the order of their events', async () => {
    const events: SomeEvent[] = [];
    for (let index = 0; index < 6; index++) {
      const created = await someEvent(database.db);
      events.push(created, await changeOf(database.db, created));
    }
    for (const event of events) await planEvents(database.db, [event]);
    const email = scriptedChannel();
    await startEngine({ email });
    await waitUntilSent();
    expect(email.notices.map(({ event }) => event.id)).toEqual(events.map(({ event_id }) => event_id));
  });

  test('wait for an earlier message of the same claim about their incident', async () => {
    const [first] = await planIncidents(1);
    const created = await someEvent(database.db);
    const changed = await changeOf(database.db, created);
    const other = await someEvent(database.db);
    for (const event of [created, changed, other]) await planEvents(database.db, [event]);
    const email = scriptedChannel(({ number }) => (number === 2 ? { kind: 'retry', error: 'busy' } : sent));
    await startEngine({ email });
    await waitUntilSent();
    expect(email.notices.map(({ event }) => event.id)).toEqual(
      [first, created, other, created, changed].map((event) => event?.event_id),
    );
    expect((await readDeliveries()).map(({ attempts }) => attempts)).toEqual([1, 2, 1, 1]);
  });

  test('are sent at once when a planner of this process wakes the outbox', async () => {
    const email = scriptedChannel();
    const engine = await startEngine({ email });
    await sleep(200);
    const began = performance.now();
    for (let round = 1; round <= 5; round++) {
      engine.wakeOutboxes('email', await planEvents(database.db, [await someEvent(database.db)]));
      await eventually(() => expect(email.messages).toHaveLength(round));
    }
    expect(performance.now() - began).toBeLessThan(2_000);
  });

  test('of another process are found by the poll', async () => {
    const email = scriptedChannel();
    await startEngine({ email });
    await sleep(200);
    await planIncidents(1);
    await waitUntilSent(5_000);
    expect(email.messages).toHaveLength(1);
  });

  test('are retried when due, and do not delay later ones', async () => {
    const events = await planIncidents(3);
    const email = scriptedChannel(({ number }) => (number === 1 ? { kind: 'retry', error: 'busy' } : sent));
    await startEngine({ email });
    const began = performance.now();
    await waitUntilSent();
    expect(performance.now() - began).toBeGreaterThan(1_500);
    const [first, second, third] = listIncidentIds(events);
    expect(listSentIncidents(email)).toEqual([first, second, third, first]);
    expect((await readDeliveries()).map(({ state, attempts }) => [state, attempts])).toEqual([
      ['sent', 2],
      ['sent', 1],
      ['sent', 1],
    ]);
  });

  test('are sent after one that fails permanently', async () => {
    log.expectErrors();
    const events = await planIncidents(3);
    const email = scriptedChannel(({ number }) => (number === 2 ? { kind: 'failed', error: '550' } : sent));
    await startEngine({ email });
    await waitUntilSent();
    expect(listSentIncidents(email)).toEqual(listIncidentIds(events));
    expect((await readDeliveries()).map(({ state, last_error }) => [state, last_error])).toEqual([
      ['sent', null],
      ['failed', '550'],
      ['sent', null],
    ]);
    expect(log.lines.filter(({ level }) => level === 'error')).toMatchObject([
      { msg: 'delivery failed for good' },
    ]);
  });

  test.each([
    { deleted: 'by hand', remove: () => database.db.pool.query('delete from incidents') },
    {
      deleted: 'by the service',
      remove: (events: SomeEvent[]) =>
        Promise.all(
          events.map(({ incident_id: id }) => deleteIncidentRow(database.db.kysely, { id, cause }, [])),
        ),
    },
  ])('about incidents deleted $deleted are skipped', async ({ remove }) => {
    await remove(await planIncidents(2));
    const email = scriptedChannel();
    await startEngine({ email });
    await waitUntilSent();
    expect(email.messages).toEqual([]);
    expect(await readDeliveries()).toMatchObject(
      Array(2).fill({ state: 'skipped', last_error: 'the incident no longer exists' }),
    );
  });

  test('about deleted events are skipped, and do not hold up the others', async () => {
    const [first] = await planIncidents(2);
    await database.db.pool.query('delete from incident_events where id = $1', [first?.event_id]);
    const email = scriptedChannel();
    await startEngine({ email });
    await waitUntilSent();
    expect(await readDeliveries()).toMatchObject([
      { state: 'skipped', last_error: 'the event no longer exists' },
      { state: 'sent', last_error: null },
    ]);
    expect(email.messages).toHaveLength(1);
  });

  test.each<{ thrown: unknown; error: string }>([
    { thrown: new Error('a\u0000b \ud800'), error: 'a\ufffdb \ufffd' },
    { thrown: new Error('x'.repeat(5_000)), error: 'x'.repeat(2_000) },
    { thrown: 'just words', error: 'just words' },
  ])('are retried after a thrown error, which is made storable', async ({ thrown, error }) => {
    await planIncidents(1);
    await startEngine({
      email: scriptedChannel(() => {
        throw thrown;
      }),
    });
    await eventually(async () =>
      expect(await readDeliveries()).toMatchObject([{ state: 'pending', attempts: 1, last_error: error }]),
    );
  });

  test('fail with an error that is made storable', async () => {
    log.expectErrors();
    await planIncidents(1);
    await startEngine({ email: scriptedChannel(() => ({ kind: 'failed', error: '550 \u0000\udfff' })) });
    await waitUntilSent();
    expect(await readDeliveries()).toMatchObject([{ state: 'failed', last_error: '550 \ufffd\ufffd' }]);
  });

  test.each<{ result: SendResult; error: string }>([
    { result: { kind: 'retry', error: 'busy' }, error: 'busy' },
    { result: unavailable, error: 'connect ECONNREFUSED' },
    { result: { kind: 'closed', delayMs: 60_000, error: '429' }, error: 'not sent within 60 s: 429' },
  ])('fail after $result.kind when they exceed the maximum age', async ({ result, error }) => {
    log.expectErrors();
    await planIncidents(1);
    await database.db.pool.query(`update deliveries set series_began_at = now() - interval '61 seconds'`);
    await startEngine({ email: scriptedChannel(() => result) }, { maxAgeSeconds: 60 });
    await waitUntilSent();
    expect(await readDeliveries()).toMatchObject([{ state: 'failed', last_error: error }]);
  });
});
