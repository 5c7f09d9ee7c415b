import { setTimeout as wait } from 'node:timers/promises';
import { finishRecipientTest } from '@incidents/db/queries/recipient-test/finish-recipient-test';
import { waitingJobs } from '@incidents/testing/fixtures/deliveries';
import { grantEndlessLease, setHeartbeatAge, THIS_POOL } from '@incidents/testing/fixtures/worker-pools';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { beforeEach, describe, expect, test } from 'vitest';
import { storableMessage } from '../storable-message.ts';
import { testRecipients } from './test-recipients.ts';

const database = useTestDatabase();
const context = () => ({ db: database.db.kysely, actor: 'key:ADMIN_API_KEY', requestId: 'r' });

beforeEach(async () => {
  await database.db.pool.query(
    'truncate recipient_tests, worker_pools, graphile_worker._private_jobs restart identity',
  );
  await grantEndlessLease(database.db);
  const recipients = [
    { channel: 'telegram', transport: 'telegram', recipient: '-100:7', sources: null },
    { channel: 'email', transport: 'smtp', recipient: 'b@example.com', sources: null },
    { channel: 'email', transport: 'smtp', recipient: 'a@example.com', sources: ['monitoring'] },
  ];
  await database.db.pool.query('update worker_pools set heartbeat_at = now(), recipients = $1', [
    JSON.stringify(recipients),
  ]);
});

const stored = async () => {
  const { rows } = await database.db.pool.query(
    'select id, channel, recipient, ok, detail, finished_at is not null as finished from recipient_tests order by id',
  );
  return rows;
};

async function work(send: (recipient: string) => Promise<string>) {
  for (const { payload } of await waitingJobs(database.db)) {
    const result = await send(String(payload.recipient)).then(
      (detail) => ({ ok: true, detail }),
      (error) => ({ ok: false, detail: storableMessage(error) }),
    );
    await finishRecipientTest(database.db.kysely, Number(payload.test_id), result);
  }
}

async function testWith(send: (recipient: string) => Promise<string>, timeoutMs = 5_000) {
  const results = testRecipients(context(), {}, { timeoutMs });
  while ((await waitingJobs(database.db)).length < 3) await wait(10);
  await work(send);
  return results;
}

describe('testRecipients', () => {
  test('returns one result per configured recipient, by channel and recipient', async () => {
    const results = await testWith(async (recipient) => {
      if (recipient.startsWith('b')) throw new Error('RCPT TO: 550 no such user\0');
      return `250 ${recipient}`;
    });
    const duration_ms = expect.any(Number);
    expect(results).toEqual([
      { channel: 'email', recipient: 'a@example.com', ok: true, detail: '250 a@example.com', duration_ms },
      {
        channel: 'email',
        recipient: 'b@example.com',
        ok: false,
        detail: 'RCPT TO: 550 no such user\ufffd',
        duration_ms,
      },
      { channel: 'telegram', recipient: '-100:7', ok: true, detail: '250 -100:7', duration_ms },
    ]);
    expect((await stored()).every(({ finished }) => finished)).toBe(true);
  });

  test('queues one job per recipient, before others, with the id of the request', async () => {
    await testRecipients(context(), { channel: 'telegram' }, { timeoutMs: 0 });
    expect(await waitingJobs(database.db)).toMatchObject([
      {
        task: 'test_recipient',
        payload: { test_id: 1, channel: 'telegram', recipient: '-100:7', request_id: 'r' },
      },
    ]);
    const { rows } = await database.db.pool.query('select priority, max_attempts from graphile_worker.jobs');
    expect(rows).toEqual([{ priority: -100, max_attempts: 2 }]);
  });

  test.each([
    [{ channel: 'email' }, ['a@example.com', 'b@example.com']],
    [{ recipient: 'b@example.com' }, ['b@example.com']],
    [{ channel: 'telegram', recipient: 'b@example.com' }, []],
    [{ recipient: 'unknown@example.com' }, []],
  ] as const)('tests only those that fit %j', async (filter, expected) => {
    const results = await testRecipients(context(), filter, { timeoutMs: 0 });
    expect(results.map(({ recipient }) => recipient)).toEqual(expected);
  });

  test('names recipients without a result in time beside the results of the others', async () => {
    const results = testRecipients(context(), { channel: 'email' }, { timeoutMs: 700 });
    while ((await stored()).length < 2) await wait(10);
    await finishRecipientTest(database.db.kysely, 1, { ok: true, detail: '250' });
    const [answered, unanswered] = (await stored()).map(({ recipient }) => recipient);
    expect(await results).toEqual(
      expect.arrayContaining([
        { channel: 'email', recipient: answered, ok: true, detail: '250', duration_ms: expect.any(Number) },
        {
          channel: 'email',
          recipient: unanswered,
          ok: false,
          detail: 'no worker answered within 0.7 s',
          duration_ms: expect.toSatisfy((duration) => duration >= 500 && duration < 10_000),
        },
      ]),
    );
  });

  test('returns an empty list at once without a living worker', async () => {
    await setHeartbeatAge(database.db, THIS_POOL, 60);
    expect(await testRecipients(context(), {})).toEqual([]);
    expect(await waitingJobs(database.db)).toEqual([]);
  });
});
