import { eventsOf, idsOf, useClaims } from '@incidents/testing/fixtures/claims';
import { type DifferingPlan, NOW_ROUNDED_DOWN, type SomeEvent } from '@incidents/testing/fixtures/deliveries';
import { grantEndlessLease, markPoolReleased } from '@incidents/testing/fixtures/worker-pools';
import { describe, expect, test } from 'vitest';

const { database, event, change, planAll, set, sent, claim } = useClaims();
const telegram = { channel: 'telegram', transport: 'telegram' } as const;
const gathering = { threshold: 0, windowSeconds: 60, digestAfterSeconds: 30 };

describe('a digest', () => {
  const gather = (events: SomeEvent[], differing: DifferingPlan = {}) =>
    planAll(events, { storm: gathering, ...differing });
  const makeDue = (some: SomeEvent | undefined) =>
    set(`next_attempt_at = ${NOW_ROUNDED_DOWN}`, `event_id = ${some?.event_id}`);

  test('is due at its time, and single messages leave meanwhile', async () => {
    const [early, gathered] = [await event(), await event()];
    await planAll(early);
    await gather([gathered]);
    expect(eventsOf(await claim())).toEqual(idsOf([early]));
    await sent([early]);
    expect(await claim()).toEqual({ isOwned: false, dueInMs: expect.closeTo(30_000, -3), deliveries: [] });
  });

  test('claims all gathered deliveries of its recipient, due or not, and no others', async () => {
    const gathered = [await event(), await event(), await event()];
    await gather(gathered.slice(0, 2), { recipients: ['-100:1', '-100:2'], ...telegram });
    await gather(gathered.slice(2), { recipients: ['-100:1', '-100:2'], ...telegram });
    const single = await event();
    await planAll(single, { recipients: ['-100:1'], ...telegram });
    await set(
      `next_attempt_at = now() - interval '1 hour'`,
      `event_id = ${gathered[1]?.event_id} and recipient = '-100:1'`,
    );
    const taken = await claim(1, { mergesEvents: true });
    expect(taken.deliveries.map(({ event_id, recipient, digest }) => [event_id, recipient, digest])).toEqual(
      gathered.map(({ event_id }) => [event_id, '-100:1', true]),
    );
    // A digest names incidents, so it needs no descriptions.
    expect(taken.deliveries[0]?.incident).toMatchObject({ text: 'Бот не отвечает', description: '' });
  });

  test('claims later events of its incidents, which wait for it', async () => {
    const [one, two] = [await event(), await event()];
    await gather([one, two]);
    const changed = await change(one);
    const later = await change(one, 'новый');
    await planAll(changed);
    await planAll(later);
    await set(`next_attempt_at = now() + interval '1 hour'`, `event_id = ${later.event_id}`);
    expect(eventsOf(await claim())).toEqual([]);
    await makeDue(two);
    expect(eventsOf(await claim())).toEqual(idsOf([one, two, changed, later]));
  });

  test('has at most a hundred incidents', async () => {
    const events = await Promise.all(Array.from({ length: 130 }, () => event()));
    await gather(events);
    await set(`next_attempt_at = ${NOW_ROUNDED_DOWN}`);
    const taken = await claim();
    expect(taken.deliveries).toHaveLength(100);
    await set(`state = 'sent'`, `state = 'sending'`);
    expect((await claim()).deliveries).toHaveLength(30);
  });

  test('omits incidents of a digest with a later retry', async () => {
    const [failed, next] = [await event(), await event()];
    await gather([failed, next]);
    await set(`attempts = 1, next_attempt_at = now() + interval '1 minute'`, `event_id = ${failed.event_id}`);
    await makeDue(next);
    expect(eventsOf(await claim())).toEqual(idsOf([next]));
  });

  test('of a released pool is claimed completely', async () => {
    const events = [await event(), await event()];
    await gather(events);
    await set(`next_attempt_at = ${NOW_ROUNDED_DOWN}`);
    await grantEndlessLease(database.db, 'released');
    await claim(1, { pool: 'released' });
    await markPoolReleased(database.db, 'released');
    expect(eventsOf(await claim())).toEqual(idsOf(events));
  });
});
