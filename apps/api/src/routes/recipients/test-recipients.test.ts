import { setTimeout as wait } from 'node:timers/promises';
import { RecipientTestList } from '@incidents/contracts';
import { finishRecipientTest } from '@incidents/db/queries/recipient-test/finish-recipient-test';
import { beforeEach, describe, expect, test } from 'vitest';
import { jobsIn } from '../../testing/jobs.ts';
import { useTestApp } from '../../testing/test-app.ts';

const { request, database } = useTestApp();
const jobs = jobsIn(database);

beforeEach(async () => {
  await jobs.clear();
  await database.db.pool.query('truncate recipient_tests restart identity');
});

const configure = async (...recipients: string[]) => {
  await jobs.insertPool(1, 'pool-1');
  await database.db.pool.query('update worker_pools set recipients = $1', [
    JSON.stringify(
      recipients.map((recipient) => ({ channel: 'email', transport: 'smtp', recipient, sources: null })),
    ),
  ]);
};

const post = (query = '') => request(`/recipients/test${query}`, { method: 'POST' });

describe('POST /recipients/test', () => {
  test.each(['', '/'])('returns an empty array without recipients (path ends with "%s")', async (slash) => {
    const { status, body } = await post(slash);
    expect(status).toBe(200);
    expect(body).toEqual([]);
  });

  test('waits for the results of the workers', async () => {
    await configure('a@example.com', 'b@example.com');
    const reply = post();
    while ((await jobs.ids()).length < 2) await wait(10);
    await finishRecipientTest(database.db.kysely, 1, { ok: true, detail: '250 Ok' });
    await finishRecipientTest(database.db.kysely, 2, { ok: false, detail: 'RCPT TO: 550 нет такого ящика' });
    const { status, body } = await reply;
    expect(status).toBe(200);
    const results = RecipientTestList.parse(body);
    expect(results.map(({ recipient }) => recipient)).toEqual(['a@example.com', 'b@example.com']);
    expect(results.map(({ ok, detail }) => ({ ok, detail }))).toEqual(
      expect.arrayContaining([
        { ok: true, detail: '250 Ok' },
        { ok: false, detail: 'RCPT TO: 550 нет такого ящика' },
      ]),
    );
    expect(results.every(({ duration_ms }) => duration_ms > 0)).toBe(true);
  });

  test('sends no test when no recipient matches the filters', async () => {
    await configure('a@example.com');
    for (const query of ['?channel=telegram', '?recipient=b@example.com']) {
      expect((await post(query)).body).toEqual([]);
    }
    expect(await jobs.ids()).toEqual([]);
  });

  test.each([
    ['?channel=sms', 'channel', 'invalid_value'],
    ['?recipient=%00', 'recipient', 'nul_character'],
  ])('refuses %s', async (query, field, code) => {
    await configure('a@example.com');
    const { status, body } = await post(query);
    expect(status).toBe(422);
    expect(body).toMatchObject({ errors: [{ path: `query.${field}`, code }] });
    expect(await jobs.ids()).toEqual([]);
  });
});
