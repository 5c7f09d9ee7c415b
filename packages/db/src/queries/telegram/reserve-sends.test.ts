import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { beforeEach, describe, expect, test } from 'vitest';
import { createDb } from '../../client.ts';
import { reserveSends } from './reserve-sends.ts';

const database = useTestDatabase();

beforeEach(() => database.db.pool.query('truncate telegram_turns'));

const reserve = (count: number, intervalMs: number, scope = 'total') =>
  reserveSends(database.db.kysely, scope, count, intervalMs);

test('reserves the first send now, the next ones an interval apart', async () => {
  expect(await reserve(1, 10_000)).toBe(0);
  expect(await reserve(1, 10_000)).toBeCloseTo(10_000, -3);
  expect(await reserve(1, 10_000)).toBeCloseTo(20_000, -3);
});

test('reserves several sends together; the next call begins after them', async () => {
  expect(await reserve(5, 10_000)).toBe(0);
  expect(await reserve(2, 10_000)).toBeCloseTo(50_000, -3);
  expect(await reserve(1, 10_000)).toBeCloseTo(70_000, -3);
});

test('does not delay other scopes', async () => {
  await reserve(5, 10_000);
  expect(await reserve(1, 10_000, 'another')).toBe(0);
});

test('does not save up unused time', async () => {
  await reserve(1, 10_000);
  await database.db.pool.query(`update telegram_turns set next_at = now() - interval '1 hour'`);
  expect(await reserve(1, 10_000)).toBe(0);
  expect(await reserve(1, 10_000)).toBeCloseTo(10_000, -3);
});

describe('after the clock was set back by two hours', () => {
  test('reserves the next send now, and keeps the interval after it', async () => {
    await reserve(3, 10_000);
    await database.db.pool.query(
      `update telegram_turns set next_at = next_at + interval '2 hours', updated_at = updated_at + interval '2 hours'`,
    );
    expect(await reserve(1, 10_000)).toBe(0);
    expect(await reserve(1, 10_000)).toBeCloseTo(10_000, -3);
  });
});

test('keeps the interval between all sends of concurrent calls', async () => {
  const INTERVAL = 1_000;
  const connections = Array.from({ length: 8 }, () =>
    createDb({ url: database.url, poolSize: 1, applicationName: 'reserving', onConnectionError: () => {} }),
  );
  try {
    const began = performance.now();
    const times = await Promise.all(
      connections.flatMap(({ kysely }) =>
        Array.from({ length: 10 }, async () => {
          const wait = await reserveSends(kysely, 'total', 2, INTERVAL);
          return performance.now() - began + wait;
        }),
      ),
    );
    const gaps = times
      .toSorted((a, b) => a - b)
      .map((time, index, all) => time - (all[index - 1] ?? time - 2 * INTERVAL));
    for (const gap of gaps) expect(Math.abs(gap - 2 * INTERVAL)).toBeLessThan(INTERVAL / 2);
  } finally {
    await Promise.all(connections.map((connection) => connection.close()));
  }
});
