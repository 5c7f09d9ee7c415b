import { describe, expect, test } from 'vitest';
import { type Arrival, createArrivals } from './arrivals.ts';

const mail = (incident: number, recipient: string, at: number): Arrival => ({
  channel: 'email',
  incident,
  recipient,
  at,
});

describe('createArrivals', () => {
  test('counts each incident once per channel and recipient, and the rest as copies', () => {
    const arrivals = createArrivals();
    for (const at of [1_000, 1_500]) arrivals.add(mail(1, 'a', at));
    arrivals.add(mail(1, 'b', 2_000));
    arrivals.add({ ...mail(1, 'a', 3_000), channel: 'telegram' });
    expect(arrivals).toMatchObject({ messages: 3, copies: 1, seconds: 2 });
  });

  test('completes an incident with the last recipient of the channel', () => {
    const arrivals = createArrivals();
    arrivals.add(mail(1, 'a', 1_000));
    expect(arrivals.completedAt('email', 1, 1)).toBe(1_000);
    expect(arrivals.completedAt('email', 1, 2)).toBeUndefined();
    arrivals.add(mail(1, 'a', 1_100));
    expect(arrivals.completedAt('email', 1, 2)).toBeUndefined();
    arrivals.add(mail(1, 'b', 1_200));
    expect(arrivals.completedAt('email', 1, 2)).toBe(1_200);
    expect(arrivals.completedAt('telegram', 1, 1)).toBeUndefined();
    expect(arrivals.completedAt('email', 2, 1)).toBeUndefined();
  });

  test('clear resets all figures', () => {
    const arrivals = createArrivals();
    for (const at of [1_000, 1_500]) arrivals.add(mail(1, 'a', at));
    arrivals.clear();
    expect(arrivals).toMatchObject({ messages: 0, copies: 0, seconds: 0 });
    expect(arrivals.completedAt('email', 1, 1)).toBeUndefined();
  });
});
