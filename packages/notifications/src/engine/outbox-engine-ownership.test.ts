import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '@incidents/testing/eventually';
import { outboxes, planEvents, type SomeEvent, someEvent } from '@incidents/testing/fixtures/deliveries';
import { describe, expect, test } from 'vitest';
import {
  createGate,
  listIncidentIds,
  listSentIncidents,
  sent,
  useOutboxes,
} from './testing/outbox-fixture.ts';
import { scriptedChannel } from './testing/scripted-channel.ts';

const { database, planIncidents, readDeliveries, readStates, startEngine, waitUntilReleased, waitUntilSent } =
  useOutboxes();

describe('startOutboxEngine: two engines', () => {
  test('never send a delivery twice or two messages to one address at once', {
    timeout: 40_000,
  }, async () => {
    const recipients = ['a@example.com', 'b@example.com', 'c@example.com'];
    const early = await planIncidents(30, { recipients });
    // Shared: it counts the messages of both engines.
    const email = scriptedChannel(async () => {
      await sleep(Math.random() * 8);
      return sent;
    });
    const engines = [await startEngine({ email }), await startEngine({ email })];
    const late: SomeEvent[] = [];
    for (let index = 0; index < 40; index++) {
      const event = await someEvent(database.db);
      late.push(event);
      const woken = await planEvents(database.db, [event], { recipients });
      for (const outbox of woken) engines[Math.floor(Math.random() * 2)]?.wakeOutboxes('email', [outbox]);
      await sleep(Math.random() * 20);
    }
    await waitUntilSent();
    expect(email.maxConcurrent).toBe(1);
    for (const recipient of recipients)
      expect(listSentIncidents(email, recipient)).toEqual(listIncidentIds([...early, ...late]));
    expect(await readDeliveries()).toMatchObject(Array(70 * 3).fill({ state: 'sent', attempts: 1 }));
    await waitUntilReleased();
  });

  test('take over the outbox of an engine without heartbeats', { timeout: 30_000 }, async () => {
    const events = await planIncidents(3);
    const hanging = createGate();
    const dying = scriptedChannel(async ({ number }) => {
      if (number === 2) await hanging.opened;
      return sent;
    });
    const first = await startEngine({ email: dying });
    await eventually(() => expect(dying.messages).toHaveLength(2));
    first.stopHeartbeats();
    const email = scriptedChannel();
    await startEngine({ email });
    await waitUntilSent();
    // Only the message under way is sent twice.
    expect(listSentIncidents(email)).toEqual(listIncidentIds(events.slice(1)));
    hanging.open();
    await eventually(async () => expect(await readStates()).toEqual(['sent']));
    expect(listSentIncidents(dying)).toEqual(listIncidentIds(events.slice(0, 2)));
  });

  test('stop sending a stale claim after a standstill', {
    timeout: 30_000,
  }, async () => {
    const events = await planIncidents(15);
    const standing = createGate();
    const still = scriptedChannel(async ({ number }) => {
      // The first claim has one message, the second one many.
      if (number === 3) await standing.opened;
      return sent;
    });
    const first = await startEngine({ email: still });
    await eventually(() => expect(still.messages).toHaveLength(3));
    first.stopHeartbeats();
    const email = scriptedChannel();
    await startEngine({ email });
    await waitUntilSent();
    standing.open();
    await sleep(500);
    expect(listSentIncidents(still)).toEqual(listIncidentIds(events.slice(0, 3)));
    expect(listSentIncidents(email)).toEqual(listIncidentIds(events.slice(2)));
    expect(await readStates()).toEqual(['sent']);
  });
});

describe('OutboxEngine.stop', () => {
  test('waits for the message under way and releases the outbox', async () => {
    await planIncidents(10);
    const underWay = createGate();
    const email = scriptedChannel(async ({ number }) => {
      if (number === 3) await underWay.opened;
      return sent;
    });
    const engine = await startEngine({ email });
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
    expect((await readDeliveries()).map(({ state, attempts }) => `${state} ${attempts}`)).toEqual([
      ...Array(3).fill('sent 1'),
      ...Array(7).fill('pending 0'),
    ]);
    const [box] = await outboxes(database.db);
    expect(box?.owner).toBeNull();
    expect(box?.due_in).toBeLessThanOrEqual(0);
    await startEngine({ email });
    await waitUntilSent();
    expect(email.messages).toHaveLength(10);
  });

  test('aborts a message after abortAfterMs without counting the attempt', async () => {
    await planIncidents(2);
    const email = scriptedChannel(() => new Promise(() => {}));
    const engine = await startEngine({ email });
    await eventually(() => expect(email.messages).toHaveLength(1));
    const began = performance.now();
    await engine.stop(300);
    expect(performance.now() - began).toBeGreaterThanOrEqual(290);
    expect(performance.now() - began).toBeLessThan(2_000);
    expect(await readDeliveries()).toMatchObject(Array(2).fill({ state: 'pending', attempts: 0 }));
    expect((await outboxes(database.db))[0]?.owner).toBeNull();
  });

  test('begins no message that is woken later', async () => {
    const email = scriptedChannel();
    const engine = await startEngine({ email });
    await engine.stop(1_000);
    engine.wakeOutboxes('email', await planEvents(database.db, [await someEvent(database.db)]));
    await sleep(1_300);
    expect(email.messages).toEqual([]);
  });

  test('does not wait for a retry', async () => {
    await planIncidents(1);
    const engine = await startEngine({ email: scriptedChannel(() => ({ kind: 'retry', error: 'busy' })) });
    await eventually(async () =>
      expect(await readDeliveries()).toMatchObject([{ state: 'pending', attempts: 1 }]),
    );
    const began = performance.now();
    await engine.stop(10_000);
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});
