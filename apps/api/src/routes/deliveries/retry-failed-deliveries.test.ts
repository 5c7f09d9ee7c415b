import { type Delivery, DeliveryCount } from '@incidents/contracts';
import { beforeEach, describe, expect, test } from 'vitest';
import { insertDelivery } from '../../testing/deliveries.ts';
import { jobsIn } from '../../testing/jobs.ts';
import { useTestApp } from '../../testing/test-app.ts';

const { request, database } = useTestApp();
const jobs = jobsIn(database);

beforeEach(async () => {
  await jobs.clear();
  await database.db.pool.query('truncate outboxes restart identity');
});

const insert = (fields: Partial<Delivery> = {}) =>
  insertDelivery(database, { incident_id: 1, state: 'failed', attempts: 9, ...fields });

const retry = async (query = '', slash = '') => {
  const { status, body } = await request(`/deliveries/failed/retry${slash}${query}`, { method: 'POST' });
  expect(status).toBe(200);
  return DeliveryCount.parse(body).deliveries;
};

const counts = async () => {
  const { rows } = await database.db.pool.query<{ state: string; rows: number }>(
    'select state, count(*) as rows from deliveries group by 1 order by 1',
  );
  return Object.fromEntries(rows.map(({ state, rows }) => [state, rows]));
};

describe('POST /deliveries/failed/retry', () => {
  describe('without filters', () => {
    test.each(['', '/'])('retries exactly the failed deliveries (path ends with "%s")', async (slash) => {
      await insert();
      await insert({ channel: 'telegram', transport: 'telegram', recipient: '-100:5' });
      for (const state of ['pending', 'sending', 'sent', 'logged', 'skipped']) await insert({ state });
      expect(await retry('', slash)).toBe(2);
      expect(await counts()).toEqual({ pending: 3, sending: 1, sent: 1, logged: 1, skipped: 1 });
      const { rows } = await database.db.pool.query(
        `select outboxes.channel, address, due_at <= now() as due, count(*) as deliveries
       from outboxes join deliveries on outbox_id = outboxes.id and attempts = 0 group by 1, 2, 3 order by 1`,
      );
      expect(rows).toEqual([
        { channel: 'email', address: expect.stringContaining('@'), due: true, deliveries: 1 },
        { channel: 'telegram', address: '-100', due: true, deliveries: 1 },
      ]);
      expect(await jobs.ids()).toEqual([]);
      expect(await retry('', slash)).toBe(0);
    });

    test('retries more deliveries than one batch', async () => {
      await database.db.pool.query(
        `insert into deliveries (event_id, incident_id, channel, transport, recipient, state)
       select n, n, 'email', 'smtp', 'box-' || n % 7, 'failed' from generate_series(1, 2345) as n`,
      );
      expect(await retry()).toBe(2_345);
      expect(await counts()).toEqual({ pending: 2_345 });
    });

    test('counts each delivery once in concurrent requests', async () => {
      for (let index = 0; index < 20; index++) await insert();
      const numbers = await Promise.all([retry(), retry(), retry()]);
      expect(numbers.reduce((sum, number) => sum + number)).toBe(20);
    });
  });

  test.each([
    ['?channel=email', 2],
    ['?channel=telegram', 1],
    ['?recipient=a@example.com', 1],
    ['?recipient=', 3],
    ['?incident_id=7', 2],
    ['?incident_id=7&channel=telegram&recipient=-100', 1],
    ['?incident_id=0', 0],
    ['?recipient=stranger', 0],
    ['?state=sent', 3],
  ])('%s retries the matching deliveries', async (query, expected) => {
    await insert({ recipient: 'a@example.com' });
    await insert({ recipient: 'b@example.com', incident_id: 7 });
    await insert({ channel: 'telegram', transport: 'telegram', recipient: '-100', incident_id: 7 });
    expect(await retry(query)).toBe(expected);
    expect((await counts()).failed ?? 0).toBe(3 - expected);
  });

  test.each([
    ['?channel=sms', 'channel', 'invalid_value'],
    ['?channel=', 'channel', 'invalid_value'],
    ['?recipient=%00', 'recipient', 'nul_character'],
    ['?incident_id=x', 'incident_id', 'invalid_type'],
  ])('refuses %s without a retry', async (query, field, code) => {
    await insert();
    const { status, body } = await request(`/deliveries/failed/retry${query}`, { method: 'POST' });
    expect(status).toBe(422);
    expect(body).toMatchObject({ errors: [{ path: `query.${field}`, code }] });
    expect(await counts()).toEqual({ failed: 1 });
  });
});
