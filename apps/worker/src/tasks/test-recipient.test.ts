import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { useTestLogger } from '@incidents/testing/test-logger';
import { beforeEach, expect, test } from 'vitest';
import { addJob, queuedJobs, runQueue } from '../testing/run-queue.ts';
import { taskDependencies } from '../testing/task-dependencies.ts';
import { createTasks } from './index.ts';
import { runRecipientTest } from './test-recipient.ts';

const database = useTestDatabase();
const log = useTestLogger();

beforeEach(() =>
  database.db.pool.query('truncate recipient_tests, graphile_worker._private_jobs restart identity'),
);

async function run(channel: string, recipient: string, env: Record<string, string> = {}) {
  await database.db.pool.query('insert into recipient_tests (channel, recipient) values ($1, $2)', [
    channel,
    recipient,
  ]);
  const payload = { test_id: 1, channel, recipient, request_id: 'r' };
  await addJob(database.db, { task: 'test_recipient', payload });
  const dependencies = taskDependencies(database.db.kysely, log.logger, env);
  await runQueue(database.db, createTasks(dependencies));
  await dependencies.close();
  expect(await queuedJobs(database.db)).toEqual([]);
  const { rows } = await database.db.pool.query(
    'select ok, detail, finished_at >= created_at as finished from recipient_tests',
  );
  return rows[0];
}

test.each(['email', 'telegram'])('logs the test message when %s is not configured', async (channel) => {
  const result = { ok: true, detail: 'not configured: the message is in the log' };
  expect(await run(channel, 'log')).toEqual({ ...result, finished: true });
  expect(log.lines).toContainEqual(
    expect.objectContaining({ msg: 'message rendered', channel, transport: 'log', recipient: 'log' }),
  );
  expect(log.lines).toContainEqual(
    expect.objectContaining({ msg: 'recipient tested', level: 'info', channel, recipient: 'log', ...result }),
  );
});

test('stores the reason when the server is unreachable, and succeeds', async () => {
  const result = await run('email', 'a@example.com', {
    SMTP_URL: 'smtp://127.0.0.1:1',
    MAIL_FROM: 'incidents@example.com',
    MAIL_TO: 'a@example.com',
  });
  expect(result).toEqual({ ok: false, detail: expect.stringContaining('ECONNREFUSED'), finished: true });
  expect(log.lines).toContainEqual(
    expect.objectContaining({ msg: 'recipient tested', level: 'warn', request_id: 'r', ok: false }),
  );
});

test('runRecipientTest does nothing for a test that has a result, is too old, or does not exist', async () => {
  const db = database.db.kysely;
  await database.db.pool.query(
    `insert into recipient_tests (channel, recipient, created_at)
     values ('email', 'a@example.com', now()), ('email', 'b@example.com', now() - interval '2 minutes')`,
  );
  const stored = async () => (await database.db.pool.query('select * from recipient_tests order by id')).rows;
  expect(await runRecipientTest({ db }, 1, async () => '250')).toEqual({ ok: true, detail: '250' });
  const before = await stored();
  const unexpected = async () => expect.unreachable('it was sent');
  for (const id of [1, 2, 404]) expect(await runRecipientTest({ db }, id, unexpected)).toBeUndefined();
  expect(await stored()).toEqual(before);
});
