import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { createDb } from '../client.ts';
import { useTestDatabase } from '../testing/test-database.ts';
import { closeScope, type TurnLimits, takeTurn } from './telegram-turns.ts';

const database = useTestDatabase();

beforeEach(async () => {
  await database.db.pool.query('truncate telegram_turns');
});

const limits = (chat: string, intervals: { chat: number; total: number }): TurnLimits => ({
  total: { scope: 'total', interval: intervals.total },
  chat: { scope: `chat:${chat}`, interval: intervals.chat },
});

test('the first turn of a chat is now; the next one has to wait', async () => {
  const { kysely } = database.db;
  const slow = limits('1', { chat: 60_000, total: 1 });
  const first = await takeTurn(kysely, slow, { ahead: 0 });
  expect(first).toMatchObject({ taken: true, wait: 0 });
  expect(first.decidedAfter).toBeGreaterThanOrEqual(0);
  const second = await takeTurn(kysely, slow, { ahead: 0 });
  expect(second.taken).toBe(false);
  expect(second.wait).toBeGreaterThan(50_000);
  expect(second.wait).toBeLessThanOrEqual(60_000);
});

test('a chat that has to wait takes nothing from the others', async () => {
  const { kysely } = database.db;
  const intervals = { chat: 60_000, total: 1 };
  await takeTurn(kysely, limits('1', intervals), { ahead: 0 });
  for (const _ of Array(20))
    expect((await takeTurn(kysely, limits('1', intervals), { ahead: 1_500 })).taken).toBe(false);
  await sleep(2);
  expect(await takeTurn(kysely, limits('2', intervals), { ahead: 0 })).toMatchObject({
    taken: true,
    wait: 0,
  });
});

test('turns of all chats together are given ahead, one after the other, and not too far ahead', async () => {
  const { kysely } = database.db;
  const intervals = { chat: 1, total: 10_000 };
  expect(await takeTurn(kysely, limits('1', intervals), { ahead: 30_000 })).toMatchObject({
    taken: true,
    wait: 0,
  });
  const second = await takeTurn(kysely, limits('2', intervals), { ahead: 30_000 });
  expect(second.taken).toBe(true);
  expect(second.wait).toBeGreaterThan(5_000);
  const third = await takeTurn(kysely, limits('3', intervals), { ahead: 30_000 });
  expect(third.taken).toBe(true);
  expect(third.wait - second.wait).toBeGreaterThan(9_000);
  const refused = await takeTurn(kysely, limits('4', intervals), { ahead: 6_000 });
  expect(refused.taken).toBe(false);
  // Ten seconds after the third one's turn, less half of what may be reserved.
  expect(refused.wait - third.wait).toBeGreaterThan(6_000);
  expect(refused.wait - third.wait).toBeLessThanOrEqual(7_000);
});

test('whoever has the chat already gets another turn in total alone, and the chat goes on from there', async () => {
  const { kysely } = database.db;
  const slow = limits('1', { chat: 20_000, total: 10_000 });
  expect(await takeTurn(kysely, slow, { ahead: 0 })).toMatchObject({ taken: true, wait: 0 });
  const again = await takeTurn(kysely, slow, { ahead: 15_000, chatIsOurs: true });
  expect(again.taken).toBe(true);
  expect(again.wait).toBeGreaterThan(9_000);
  expect(again.wait).toBeLessThanOrEqual(10_000);
  const next = await takeTurn(kysely, slow, { ahead: 60_000 });
  expect(next.taken).toBe(false);
  expect(next.wait).toBeGreaterThan(29_000);
});

test('a closed scope stays closed for as long as it was told, and is not opened earlier by a shorter time', async () => {
  const { kysely } = database.db;
  await closeScope(kysely, 'chat:1', 60_000);
  await closeScope(kysely, 'chat:1', 10);
  const turn = await takeTurn(kysely, limits('1', { chat: 1, total: 1 }), { ahead: 100_000 });
  expect(turn.taken).toBe(false);
  expect(turn.wait).toBeGreaterThan(50_000);
  expect(await takeTurn(kysely, limits('2', { chat: 1, total: 1 }), { ahead: 0 })).toMatchObject({
    taken: true,
  });
});

describe('after the clock was set back by two hours', () => {
  const slow = limits('1', { chat: 60_000, total: 1 });
  const setBack = () =>
    database.db.pool.query(
      `update telegram_turns set next_at = next_at + interval '2 hours', updated_at = updated_at + interval '2 hours'`,
    );

  test('the next turn is now, and those after it keep the spacing', async () => {
    const { kysely } = database.db;
    await takeTurn(kysely, slow, { ahead: 0 });
    await setBack();
    expect(await takeTurn(kysely, slow, { ahead: 0 })).toMatchObject({ taken: true, wait: 0 });
    const next = await takeTurn(kysely, slow, { ahead: 0 });
    expect(next.taken).toBe(false);
    expect(next.wait).toBeLessThanOrEqual(60_000);
  });

  test('a scope is closed from then on for as long as it is told', async () => {
    const { kysely } = database.db;
    await takeTurn(kysely, slow, { ahead: 0 });
    await setBack();
    await closeScope(kysely, slow.chat.scope, 30_000);
    const turn = await takeTurn(kysely, slow, { ahead: 0 });
    expect(turn.taken).toBe(false);
    expect(turn.wait).toBeLessThanOrEqual(30_000);
  });
});

describe('many takers over as many connections keep the spacing and lose no capacity', () => {
  test.each([
    { name: 'all chats together', takers: 16, chats: 16, turns: 80, intervals: { chat: 1, total: 20 } },
    { name: 'one chat', takers: 4, chats: 1, turns: 8, intervals: { chat: 250, total: 1 } },
    { name: 'a few chats', takers: 9, chats: 3, turns: 24, intervals: { chat: 300, total: 30 } },
    // A machine that is busy with something else may lose capacity by itself.
  ])('$name: $takers takers, $intervals', { retry: 2 }, async ({ takers, chats, turns, intervals }) => {
    const { pool } = database.db;
    // What the database gave out, by its own clock.
    await pool.query(`
      create table given (scope text, next_at timestamptz(3));
      create function note_turn() returns trigger language plpgsql as $$
      begin insert into given values (new.scope, new.next_at); return null; end $$;
      create trigger note_turn after update on telegram_turns for each row execute function note_turn()`);
    const connections = Array.from({ length: takers }, () =>
      createDb({ url: database.url, poolSize: 1, applicationName: 'taker', onConnectionError: () => {} }),
    );
    try {
      let given = 0;
      await Promise.all(
        connections.map(async ({ kysely }, taker) => {
          while (given < turns) {
            const turn = await takeTurn(kysely, limits(String(taker % chats), intervals), { ahead: 1_000 });
            if (turn.taken) given += 1;
            await sleep(turn.wait);
          }
        }),
      );
      const { rows } = await pool.query<{ scope: string; gaps: number; least: number; mean: number }>(`
        select scope, count(gap) as gaps, min(gap)::float8 as least, avg(gap)::float8 as mean
        from (
          select scope, extract(epoch from next_at - lag(next_at) over (
            partition by scope order by next_at)) * 1000 as gap
          from given
        ) as spaced group by scope having count(gap) > 0`);
      for (const { scope, least } of rows) {
        expect(least, `spacing in ${scope}`).toBeGreaterThanOrEqual(
          scope === 'total' ? intervals.total : intervals.chat,
        );
      }
      const total = rows.find(({ scope }) => scope === 'total');
      expect(total?.gaps).toBeGreaterThanOrEqual(turns - 1);
      // Whichever limit is the tighter one is used to the full.
      expect(total?.mean).toBeLessThan(Math.max(intervals.total, intervals.chat / chats) * 1.15);
    } finally {
      await Promise.all(connections.map((connection) => connection.close()));
      await pool.query('drop trigger note_turn on telegram_turns; drop function note_turn; drop table given');
    }
  });
});
