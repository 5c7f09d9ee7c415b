import type { EventKind } from '@incidents/db/tables/incident-event';
import { eventually } from '@incidents/testing/eventually';
import { addEvent, changeOf, planEvents, type SomeEvent } from '@incidents/testing/fixtures/deliveries';
import { describe, expect, test } from 'vitest';
import { listIncidentIds, listSentIncidents, sent, telegram, useOutboxes } from './testing/outbox-fixture.ts';
import { scriptedChannel } from './testing/scripted-channel.ts';

const { database, planIncidents, readDeliveries, startEngine, waitUntilSent } = useOutboxes();

describe('startOutboxEngine: channel that merges events', () => {
  const chat = { ...telegram, recipients: ['7'] };

  test('sends one message for several events', async () => {
    const [created] = await planIncidents(1, chat);
    if (created === undefined) throw new Error('no incident');
    const changes: SomeEvent[] = [];
    for (const status of ['в работе', 'закрыт']) {
      const change = await changeOf(database.db, created, status);
      await planEvents(database.db, [change], chat);
      changes.push(change);
    }
    const channel = scriptedChannel(() => sent, { mergesEvents: true, transport: 'telegram' });
    const engine = await startEngine({ telegram: channel });
    await waitUntilSent();
    expect(channel.notices).toMatchObject([
      { event: { id: changes[1]?.event_id }, incident: { status: 'закрыт' }, previousMessageId: null },
    ]);
    expect(await readDeliveries()).toMatchObject(Array(3).fill({ state: 'sent', attempts: 1 }));

    const later = await changeOf(database.db, created, 'новый');
    engine.wakeOutboxes('telegram', await planEvents(database.db, [later], chat));
    await eventually(() => expect(channel.notices).toHaveLength(2));
    expect(channel.notices[1]).toMatchObject({ event: { id: later.event_id }, previousMessageId: 'm-1' });
  });

  test.each<[EventKind, Record<string, { from: string; to: string }>]>([
    ['occurred_again', {}],
    ['escalated', {}],
    ['updated', { severity: { from: 'error', to: 'critical' } }],
  ])('sends a new message for %s', async (kind, changes) => {
    const [created] = await planIncidents(1, chat);
    if (created === undefined) throw new Error('no incident');
    const channel = scriptedChannel(() => sent, { mergesEvents: true, transport: 'telegram' });
    const engine = await startEngine({ telegram: channel });
    await waitUntilSent();
    const alarm = await addEvent(database.db, created, kind, changes);
    engine.wakeOutboxes('telegram', await planEvents(database.db, [alarm], chat));
    await eventually(() => expect(channel.notices).toHaveLength(2));
    expect(channel.notices[1]).toMatchObject({ event: { kind }, previousMessageId: null });
  });

  test('retries all events of a message together', async () => {
    const [created] = await planIncidents(1, chat);
    if (created === undefined) throw new Error('no incident');
    await planEvents(database.db, [await changeOf(database.db, created)], chat);
    const channel = scriptedChannel(
      ({ number }) => (number === 1 ? { kind: 'retry', error: 'busy' } : sent),
      {
        mergesEvents: true,
        transport: 'telegram',
      },
    );
    await startEngine({ telegram: channel });
    await waitUntilSent();
    expect(channel.messages).toHaveLength(2);
    expect(await readDeliveries()).toMatchObject(Array(2).fill({ state: 'sent', attempts: 2 }));
  });
});

describe('startOutboxEngine: digest', () => {
  const storm = { threshold: 0, windowSeconds: 60, digestAfterSeconds: 0.3 };

  test('covers all gathered incidents and their later events', async () => {
    const events = await planIncidents(5, { storm });
    const [first] = events;
    if (first === undefined) throw new Error('no incident');
    await planEvents(database.db, [await changeOf(database.db, first)]);
    const email = scriptedChannel();
    await startEngine({ email });
    await waitUntilSent();
    expect(email.messages).toMatchObject([{ kind: 'digest', incidents: listIncidentIds(events) }]);
    expect(email.digests[0]?.entries[0]).toMatchObject({ status: 'закрыт', text: 'Бот не отвечает' });
    expect(email.digests[0]?.deliveryIds).toHaveLength(5);
    expect(await readDeliveries()).toMatchObject(Array(6).fill({ state: 'sent', attempts: 1 }));
    const { rows: found } = await database.db.pool.query('select distinct digest from deliveries');
    expect(found).toEqual([{ digest: true }]);
  });

  test.each([
    ['for the digest', { storm }],
    ['as single messages', {}],
  ])('shows escalations that were planned %s, only while their incidents are new', async (_how, plan) => {
    const [taken, waiting, ...others] = await planIncidents(3, { storm });
    if (taken === undefined || waiting === undefined) throw new Error('no incidents');
    const escalations = [taken, waiting].map((of) => addEvent(database.db, of, 'escalated'));
    await planEvents(database.db, await Promise.all(escalations), plan);
    await planEvents(database.db, [await changeOf(database.db, taken, 'в работе')]);
    const email = scriptedChannel();
    await startEngine({ email });
    await waitUntilSent();
    expect(email.digests.flatMap(({ entries }) => entries.map(({ id, kind }) => [id, kind]))).toEqual([
      [taken.incident_id, 'created'],
      [waiting.incident_id, 'escalated'],
      ...others.map(({ incident_id }) => [incident_id, 'created']),
    ]);
  });

  test('leaves the rest to further digests when it is full', async () => {
    const events = await planIncidents(9, { storm });
    const email = scriptedChannel(() => sent, { fit: 4 });
    await startEngine({ email });
    await waitUntilSent();
    expect(email.messages.map(({ incidents }) => incidents.length)).toEqual([4, 4, 1]);
    expect(listSentIncidents(email)).toEqual(listIncidentIds(events));
    expect(await readDeliveries()).toMatchObject(Array(9).fill({ state: 'sent', attempts: 1 }));
  });

  test('is retried as a whole', async () => {
    const events = await planIncidents(4, { storm });
    const email = scriptedChannel(({ number }) => (number === 1 ? { kind: 'retry', error: 'busy' } : sent));
    await startEngine({ email });
    await waitUntilSent();
    expect(email.messages).toMatchObject([
      { incidents: listIncidentIds(events) },
      { incidents: listIncidentIds(events) },
    ]);
    expect(email.digests[1]?.deliveryIds).toEqual(email.digests[0]?.deliveryIds);
  });

  test('omits deleted incidents', async () => {
    const events = await planIncidents(3, { storm });
    await database.db.pool.query('delete from incidents where id = $1', [events[1]?.incident_id]);
    const email = scriptedChannel();
    await startEngine({ email });
    await waitUntilSent();
    expect(listSentIncidents(email)).toEqual([events[0]?.incident_id, events[2]?.incident_id]);
    expect((await readDeliveries()).map(({ state }) => state)).toEqual(['sent', 'skipped', 'sent']);
  });
});
