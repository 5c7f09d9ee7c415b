import { useTestDatabase } from '@incidents/db/testing/test-database';
import { beforeEach, expect, test } from 'vitest';
import { awaitTurn, closeTurns, type TurnLimits } from './await-turn.ts';

const database = useTestDatabase();
const never = new AbortController().signal;

beforeEach(async () => {
  await database.db.pool.query('truncate telegram_turns');
});

const limits = (chat: string, interval: number): TurnLimits => ({
  total: { scope: 'total', interval: 1 },
  chat: { scope: `chat:${chat}`, interval },
});

test('waits for a turn that comes soon, never too short', async () => {
  const { kysely } = database.db;
  const patience = { wait: 5_000, lateness: 5_000 };
  expect(await awaitTurn(kysely, limits('1', 300), patience, never)).toBe(0);
  const first = performance.now();
  expect(await awaitTurn(kysely, limits('1', 300), patience, never)).toBe(0);
  // The first turn began before its answer was here.
  expect(performance.now() - first).toBeGreaterThan(200);
  expect(await awaitTurn(kysely, limits('2', 300), patience, never)).toBe(0);
});

test('a turn that comes later than that is left alone', async () => {
  const { kysely } = database.db;
  await closeTurns(kysely, 'chat:1', 10_000);
  const began = performance.now();
  const wait = await awaitTurn(kysely, limits('1', 300), { wait: 1_500, lateness: 5_000 }, never);
  expect(wait).toBeGreaterThan(8_000);
  expect(wait).toBeLessThanOrEqual(10_000);
  expect(performance.now() - began).toBeLessThan(1_500);
});

test('a turn that can only be used late is given up for another one, without losing the chat', async () => {
  const { kysely } = database.db;
  // Nothing is ever as early as this asks for, so every turn is late.
  const wait = await awaitTurn(kysely, limits('1', 60_000), { wait: 200, lateness: -1_000 }, never);
  expect(wait).toBeGreaterThan(0);
  const { rows } = await database.db.pool.query<{ turns: boolean }>(
    `select next_at > now() + interval '50 seconds' as turns from telegram_turns where scope = 'chat:1'`,
  );
  expect(rows).toEqual([{ turns: true }]);
});

test('an aborted signal ends the wait at once', async () => {
  const { kysely } = database.db;
  await closeTurns(kysely, 'chat:1', 10_000);
  const began = performance.now();
  const waiting = awaitTurn(
    kysely,
    limits('1', 300),
    { wait: 60_000, lateness: 5_000 },
    AbortSignal.timeout(50),
  );
  await expect(waiting).rejects.toThrow();
  expect(performance.now() - began).toBeLessThan(5_000);
});
