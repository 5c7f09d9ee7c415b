import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '@incidents/testing/eventually';
import { planEvents, someEvent } from '@incidents/testing/fixtures/deliveries';
import { describe, expect, test } from 'vitest';
import type { SendResult } from './channel.ts';
import {
  createGate,
  listIncidentIds,
  listSentIncidents,
  sent,
  telegram,
  unavailable,
  useOutboxes,
} from './testing/outbox-fixture.ts';
import { scriptedChannel } from './testing/scripted-channel.ts';

const { database, log, planIncidents, readDeliveries, startEngine, waitUntilSent } = useOutboxes();

describe('startOutboxEngine: server that hangs', () => {
  test('delays no other channel', async () => {
    const mailboxes = Array.from({ length: 120 }, (_, index) => `duty-${index}@example.com`);
    await planIncidents(1, { recipients: mailboxes });
    const hanging = scriptedChannel(() => new Promise(() => {}));
    const chat = scriptedChannel(() => sent, { transport: 'telegram', mergesEvents: true });
    const engine = await startEngine({ email: hanging, telegram: chat });
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
    const mails = (await readDeliveries()).filter(({ recipient }) => recipient.includes('@'));
    expect(mails).toMatchObject(Array(120).fill({ state: 'pending', attempts: 0 }));
  });

  test('does not delay the record of earlier messages', async () => {
    await planIncidents(4);
    const hanging = createGate();
    const email = scriptedChannel(async ({ number }) => {
      if (number === 4) await hanging.opened;
      return sent;
    });
    await startEngine({ email });
    await eventually(() => expect(email.messages).toHaveLength(4));
    await eventually(async () => {
      expect((await readDeliveries()).map(({ state }) => state)).toEqual(['sent', 'sent', 'sent', 'sending']);
    }, 1_000);
  });
});

describe('startOutboxEngine: paused channel', () => {
  const mailboxes = ['a@example.com', 'b@example.com', 'c@example.com', 'd@example.com'];

  test('probes the server with one message at a time, then sends all in order', {
    timeout: 30_000,
  }, async () => {
    const events = await planIncidents(6, { recipients: mailboxes });
    let isAway = true;
    const startedAt: number[] = [];
    let underWay = 0;
    let together = 0;
    const email = scriptedChannel(async () => {
      startedAt.push(performance.now());
      underWay += 1;
      if (startedAt.length > mailboxes.length) together = Math.max(together, underWay);
      await sleep(20);
      underWay -= 1;
      return isAway ? unavailable : sent;
    });
    await startEngine({ email });
    // Probes follow after delays of 1, 2 and 4 s.
    const findProbes = () => startedAt.filter((at) => at - (startedAt[0] ?? 0) > 900);
    await eventually(() => {
      expect(findProbes()).toHaveLength(2);
      expect(underWay).toBe(0);
    }, 6_000);
    const probes = findProbes();
    // Each address once before.
    expect(startedAt.length).toBeLessThanOrEqual(mailboxes.length + 2);
    expect((probes[1] ?? 0) - (probes[0] ?? 0)).toBeGreaterThan(1_900);
    expect(together).toBeLessThanOrEqual(1);
    const failures = startedAt.length;
    const tried = (await readDeliveries()).filter(({ attempts }) => attempts > 0);
    expect(new Set(tried.map(({ incident_id }) => incident_id))).toEqual(new Set([events[0]?.incident_id]));

    isAway = false;
    await waitUntilSent();
    for (const mailbox of mailboxes) {
      const all = listSentIncidents(email, mailbox);
      expect(all.slice(all.lastIndexOf(events[0]?.incident_id ?? 0)), mailbox).toEqual(
        listIncidentIds(events),
      );
    }
    const attempts = (await readDeliveries()).reduce((sum, row) => sum + row.attempts, 0);
    // Claimed messages that were not attempted do not count.
    expect(attempts).toBe(events.length * mailboxes.length + failures);
    expect(log.lines).toContainEqual(
      expect.objectContaining({ channel: 'email', msg: 'the channel is no longer paused' }),
    );
  });

  test('does not pause the other channel', async () => {
    await planIncidents(1, { recipients: mailboxes });
    await planIncidents(1, { ...telegram, recipients: ['7'] });
    const chat = scriptedChannel(() => sent, { transport: 'telegram' });
    await startEngine({ email: scriptedChannel(() => unavailable), telegram: chat });
    await eventually(() => expect(chat.messages).toHaveLength(1), 800);
  });

  test('resumes when the server refuses only the probe', async () => {
    log.expectErrors();
    const events = await planIncidents(3);
    const results: SendResult[] = [unavailable, { kind: 'failed', error: '550' }];
    const email = scriptedChannel(() => results.shift() ?? sent);
    await startEngine({ email });
    await waitUntilSent(5_000);
    expect(listSentIncidents(email)).toEqual([events[0]?.incident_id, ...listIncidentIds(events)]);
    expect((await readDeliveries()).map(({ state, attempts }) => [state, attempts])).toEqual([
      ['failed', 2],
      ['sent', 1],
      ['sent', 1],
    ]);
  });
});

describe('startOutboxEngine: closed outbox', () => {
  test('sends nothing until it opens, then all in order; others continue', async () => {
    const closed = await planIncidents(4, { recipients: ['a@example.com'] });
    await planIncidents(1, { recipients: ['b@example.com'] });
    const email = scriptedChannel(({ recipient, number }) =>
      recipient === 'a@example.com' && number <= 2 ? { kind: 'closed', delayMs: 1_500, error: '429' } : sent,
    );
    await startEngine({ email });
    await eventually(() => expect(listSentIncidents(email, 'b@example.com')).toHaveLength(1), 1_000);
    await sleep(500);
    expect(listSentIncidents(email, 'a@example.com')).toHaveLength(1);
    await waitUntilSent();
    expect(listSentIncidents(email, 'a@example.com')).toEqual([
      closed[0]?.incident_id,
      ...listIncidentIds(closed),
    ]);
    expect(await readDeliveries()).toMatchObject(Array(5).fill({ state: 'sent', attempts: 1 }));
  });

  test('keeps the interval, also between two engines', async () => {
    await planIncidents(4, { recipients: ['a@example.com'] });
    const at: number[] = [];
    const email = scriptedChannel(
      () => {
        at.push(performance.now());
        return sent;
      },
      { getIntervalMs: () => 400 },
    );
    await Promise.all([startEngine({ email }), startEngine({ email })]);
    await waitUntilSent();
    const gaps = at.slice(1).map((time, index) => time - (at[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(398);
    expect(Math.max(...gaps)).toBeLessThan(1_600);
  });
});
