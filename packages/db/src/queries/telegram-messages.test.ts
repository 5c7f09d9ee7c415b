import { expect, test } from 'vitest';
import { eventually } from '../testing/eventually.ts';
import { useTestDatabase } from '../testing/test-database.ts';
import { currentChat, rememberChatMigration } from './telegram-chats.ts';
import { extendTelegramHold, holdTelegramMessage, releaseTelegramMessage } from './telegram-messages.ts';

const database = useTestDatabase();
const said = { chat: '7', message_id: 70, content_hash: 'abc' };

/** Nobody else's. */
let deliveries = 0;

async function hold(incident: number, seconds = 60, recipient = '7', delivery = ++deliveries) {
  const held = await holdTelegramMessage(database.db.kysely, incident, recipient, seconds, delivery);
  if (held === undefined) throw new Error('somebody else has it');
  return held.held_until;
}

test('one of many gets hold of a message; what it leaves there is what the next one finds', async () => {
  const { kysely } = database.db;
  const attempts = await Promise.all(
    Array.from({ length: 20 }, () => holdTelegramMessage(kysely, 1, '7', 60, ++deliveries)),
  );
  const [held, ...others] = attempts.filter((attempt) => attempt !== undefined);
  expect(others).toEqual([]);
  expect(held).toMatchObject({ chat: null, message_id: null, content_hash: null });
  // Another incident and another recipient are not concerned.
  await hold(2);
  await hold(1, 60, '7:5');

  if (held === undefined) throw new Error('nobody got it');
  expect(await releaseTelegramMessage(kysely, 1, '7', held.held_until, said)).toBe(true);
  expect(await holdTelegramMessage(kysely, 1, '7', 60, ++deliveries)).toMatchObject(said);
});

test('a hold that ran out is taken by another, and whoever had it can neither extend it nor overwrite', async () => {
  const { kysely } = database.db;
  const first = await hold(3, 0.01);
  const second = await eventually(() => hold(3));
  expect(await extendTelegramHold(kysely, 3, '7', first, 60)).toBeUndefined();
  expect(await releaseTelegramMessage(kysely, 3, '7', first, said)).toBe(false);
  expect(await holdTelegramMessage(kysely, 3, '7', 60, ++deliveries)).toBeUndefined();
  expect(await releaseTelegramMessage(kysely, 3, '7', second, { ...said, content_hash: 'second' })).toBe(
    true,
  );
  expect(await holdTelegramMessage(kysely, 3, '7', 60, ++deliveries)).toMatchObject({
    content_hash: 'second',
  });
});

test('an extended hold is proved by its new end', async () => {
  const { kysely } = database.db;
  const first = await hold(4);
  const second = await extendTelegramHold(kysely, 4, '7', first, 60);
  expect(second?.getTime()).toBeGreaterThan(first.getTime());
  expect(await releaseTelegramMessage(kysely, 4, '7', first, said)).toBe(false);
  if (second === undefined) throw new Error('not extended');
  expect(await releaseTelegramMessage(kysely, 4, '7', second, said)).toBe(true);
});

test('a delivery that is sent anew takes over its own hold, and whoever had it before can do nothing more', async () => {
  const { kysely } = database.db;
  const first = await hold(6, 60, '7', 100);
  expect(await holdTelegramMessage(kysely, 6, '7', 60, 101)).toBeUndefined();
  const second = await hold(6, 60, '7', 100);
  expect(second.getTime()).toBeGreaterThan(first.getTime());
  expect(await extendTelegramHold(kysely, 6, '7', first, 60)).toBeUndefined();
  expect(await releaseTelegramMessage(kysely, 6, '7', first, said)).toBe(false);
  expect(await releaseTelegramMessage(kysely, 6, '7', second, said)).toBe(true);
});

test('a hold that ran out is not extended, though nobody else took it', async () => {
  const first = await hold(5, -1);
  expect(await extendTelegramHold(database.db.kysely, 5, '7', first, 60)).toBeUndefined();
});

test('a group that became another one is found under its new id', async () => {
  const { kysely } = database.db;
  expect(await currentChat(kysely, '-5')).toBe('-5');
  await rememberChatMigration(kysely, '-5', '-1005');
  await rememberChatMigration(kysely, '-5', '-1005');
  expect(await currentChat(kysely, '-5')).toBe('-1005');
  expect(await currentChat(kysely, '-6')).toBe('-6');
});

test('a hold from before the clock was set back is taken by another, unless it has been extended since', async () => {
  const { kysely } = database.db;
  const setBack = async (incident: number) => {
    const { rows } = await database.db.pool.query<{ held_until: Date }>(
      `update telegram_messages set held_until = held_until + interval '2 hours' where incident_id = $1
       returning held_until`,
      [incident],
    );
    return rows[0]?.held_until ?? new Date(0);
  };
  await hold(11);
  await setBack(11);
  await hold(11);
  await hold(12);
  expect(await extendTelegramHold(kysely, 12, '7', await setBack(12), 60)).toBeInstanceOf(Date);
  expect(await holdTelegramMessage(kysely, 12, '7', 60, ++deliveries)).toBeUndefined();
});
