import { Delivery, DeliveryList, DeliveryState, Incident } from '@incidents/contracts';
import type { Db } from '@incidents/db/client';
import type { KyselyPlugin } from 'kysely';
import { beforeEach, describe, expect, test } from 'vitest';
import { insertDelivery } from '../../testing/deliveries.ts';
import { newIncident, useTestApp } from '../../testing/test-app.ts';

const testApp = useTestApp();
const { request, post, database } = testApp;

let incident: Incident;

beforeEach(async () => {
  await database.db.pool.query('delete from deliveries');
  incident = Incident.parse((await post('/incidents/', newIncident)).body);
  await database.db.pool.query('delete from graphile_worker._private_jobs');
  await database.db.pool.query('truncate outboxes restart identity');
});

const failed = {
  event_id: 7,
  channel: 'telegram',
  transport: 'telegram',
  recipient: '-100:5',
  state: 'failed',
  attempts: 9,
  digest: true,
  last_error: 'Forbidden: bot was kicked',
} as const;

const insert = (fields: Partial<Delivery> = {}) =>
  insertDelivery(database, { incident_id: incident.id, ...failed, ...fields });

const retry = (id: number | string, init: RequestInit = {}) =>
  request(`/deliveries/${id}/retry`, { method: 'POST', ...init });

const stored = async (id: number) => {
  const { body } = await request(`/incidents/${incident.id}/deliveries`);
  return DeliveryList.parse(body).find((delivery) => delivery.id === id);
};

const dueOutboxes = async () => {
  const { rows } = await database.db.pool.query<{ channel: string; address: string; deliveries: number[] }>(
    `select channel, address, array(select id::int from deliveries where outbox_id = outboxes.id order by id) as deliveries
     from outboxes where due_at <= now() order by id`,
  );
  return rows;
};

const queuedJobs = async () => {
  const { rows } = await database.db.pool.query('select id from graphile_worker._private_jobs');
  return rows;
};

describe('POST /deliveries/{id}/retry', () => {
  describe('a failed delivery', () => {
    test.each(['', '/'])('becomes pending with a new series of attempts (retry%s)', async (slash) => {
      const id = await insert();
      const { status, body } = await request(`/deliveries/${id}/retry${slash}`, { method: 'POST' });
      expect(status).toBe(200);
      expect(body).toEqual({
        id,
        incident_id: incident.id,
        event_id: 7,
        channel: 'telegram',
        transport: 'telegram',
        recipient: '-100:5',
        state: 'pending',
        attempts: 0,
        // Without its digest, which was sent without it.
        digest: false,
        provider_message_id: null,
        last_error: 'Forbidden: bot was kicked',
        next_attempt_at: expect.any(String),
        sent_at: null,
        created_at: '2025-11-08T12:00:00.000Z',
        updated_at: expect.any(String),
      });
      const { next_attempt_at, updated_at } = Delivery.parse(body);
      for (const time of [next_attempt_at, updated_at]) {
        expect(Math.abs(Date.parse(time ?? '') - Date.now())).toBeLessThan(60_000);
      }
      expect(await stored(id)).toEqual(body);
    });

    test('starts its age from now', async () => {
      const id = await insert();
      await database.db.pool.query(`update deliveries set series_began_at = '2025-11-08' where id = $1`, [
        id,
      ]);
      await retry(id);
      const { rows } = await database.db.pool.query(
        `select series_began_at > now() - interval '1 minute' as young from deliveries where id = $1`,
        [id],
      );
      expect(rows).toEqual([{ young: true }]);
    });

    test('waits in the due outbox of its chat, without a job', async () => {
      const id = await insert();
      await retry(id);
      expect(await dueOutboxes()).toEqual([{ channel: 'telegram', address: '-100', deliveries: [id] }]);
      expect(await queuedJobs()).toEqual([]);
    });

    test('does not change other deliveries', async () => {
      const id = await insert();
      const others = [
        await insert({ recipient: '-100:6' }),
        await insert({ event_id: 8 }),
        await insert({ channel: 'email', transport: 'smtp' }),
      ];
      const before = await Promise.all(others.map(stored));
      await retry(id);
      expect(await Promise.all(others.map(stored))).toEqual(before);
      expect(await dueOutboxes()).toMatchObject([{ deliveries: [id] }]);
    });

    test('can be retried after each failure', async () => {
      const id = await insert();
      for (let times = 1; times <= 3; times++) {
        expect((await retry(id)).status).toBe(200);
        expect(await dueOutboxes()).toMatchObject([{ deliveries: [id] }]);
        await database.db.pool.query(
          `update deliveries set state = 'failed', attempts = 9, next_attempt_at = null where id = $1`,
          [id],
        );
      }
    });

    test('can be retried after its incident was deleted by hand', async () => {
      const id = await insert();
      await database.db.pool.query('delete from incidents where id = $1', [incident.id]);
      expect((await retry(id)).body).toMatchObject({ id, state: 'pending' });
      expect(await dueOutboxes()).toMatchObject([{ deliveries: [id] }]);
    });
  });

  test('a pending delivery becomes due with a new series of attempts', async () => {
    const id = await insert({ state: 'pending', attempts: 7, next_attempt_at: '2100-01-01T00:00:00.000Z' });
    const { status, body } = await retry(id);
    expect(status).toBe(200);
    expect(body).toMatchObject({ id, state: 'pending', attempts: 0, digest: false });
    expect(Date.parse(Delivery.parse(body).next_attempt_at ?? '')).toBeLessThan(Date.now() + 60_000);
    expect(await dueOutboxes()).toMatchObject([{ deliveries: [id] }]);
  });

  describe('a delivery in another state', () => {
    const states = DeliveryState.options.filter((state) => state !== 'failed' && state !== 'pending');

    test.each(states)('%s gets 409 and does not change', async (state) => {
      const id = await insert({
        state,
        attempts: 2,
        ...(state === 'sent' && { sent_at: '2025-11-08T12:00:01.000Z', provider_message_id: '77' }),
      });
      const before = await stored(id);
      for (const slash of ['', '/']) {
        const { status, body } = await request(`/deliveries/${id}/retry${slash}`, {
          method: 'POST',
          headers: { 'X-Request-Id': 'client-4' },
        });
        expect(status).toBe(409);
        expect(body).toEqual({
          type: 'urn:incident-service:problem:delivery-not-failed',
          title: 'Повтор невозможен',
          status: 409,
          detail: 'Повторить можно только неудавшуюся (failed) или ожидающую (pending) доставку',
          instance: `/deliveries/${id}/retry${slash}`,
          request_id: 'client-4',
        });
      }
      expect(await stored(id)).toEqual(before);
      expect(await dueOutboxes()).toEqual([]);
    });
  });

  describe('concurrent retries', () => {
    test('succeed for one delivery and for many', async () => {
      const id = await insert();
      const statuses = await Promise.all(Array.from({ length: 30 }, async () => (await retry(id)).status));
      expect(new Set(statuses)).toEqual(new Set([200]));
      expect(await stored(id)).toMatchObject({ state: 'pending', attempts: 0 });

      const ids: number[] = [];
      for (let index = 0; index < 30; index++) ids.push(await insert({ event_id: 300 + index }));
      const replies = await Promise.all(ids.map((each) => retry(each)));
      expect(replies.map(({ body }) => Delivery.parse(body).id)).toEqual(ids);
      expect(await dueOutboxes()).toMatchObject([{ address: '-100', deliveries: [id, ...ids] }]);
    });
  });

  describe('with a worker faster than the reply', () => {
    const worker: KyselyPlugin = {
      transformQuery: ({ node }) => node,
      transformResult: async ({ result }) => {
        await database.db.pool.query(
          `update deliveries set state = 'failed', attempts = attempts + 1 where state = 'pending'`,
        );
        return result;
      },
    };
    const hurried = useTestApp({
      db: () => ({ ...database.db, kysely: database.db.kysely.withPlugin(worker) as Db['kysely'] }),
    });

    test('the reply shows the retried state', async () => {
      const id = await insert();
      const { status, body } = await hurried.request(`/deliveries/${id}/retry`, { method: 'POST' });
      expect(status).toBe(200);
      expect(body).toMatchObject({ id, state: 'pending', attempts: 0 });
      expect(await stored(id)).toMatchObject({ state: 'failed', attempts: 1 });
    });
  });

  describe('an unexpected body', () => {
    test.each<[string, string | undefined, string | Uint8Array<ArrayBuffer>]>([
      ['JSON', 'application/json', '{}'],
      ['JSON that breaks off', 'application/json', '{"state":'],
      ['a form', 'application/x-www-form-urlencoded', 'state=sent&attempts=5'],
      ['text of an unknown type', 'no type at all', 'текст'],
      ['XML', 'application/xml', '<retry/>'],
      ['bytes that are no UTF-8', 'application/json; charset=koi8-r', Uint8Array.of(0xff, 0)],
      ['a megabyte', undefined, new Uint8Array(1_048_576)],
    ])('%s is ignored', async (_, type, body) => {
      const id = await insert();
      const reply = await retry(id, {
        body,
        ...(type !== undefined && { headers: { 'Content-Type': type } }),
      });
      expect(reply.status).toBe(200);
      expect(reply.body).toMatchObject({ id, state: 'pending', attempts: 0 });
    });

    test('a Content-Type alone and a query are ignored', async () => {
      const id = await insert();
      const { status } = await request(`/deliveries/${id}/retry?state=sent&limit=x`, {
        method: 'POST',
        headers: { 'Content-Type': 'multipart/form-data' },
      });
      expect(status).toBe(200);
    });
  });

  describe('without a delivery', () => {
    test.each([
      ['999999'],
      ['0'],
      ['-1'],
      ['-0'],
      [String(2 ** 53)],
      [String(2n ** 63n)],
      ['9'.repeat(1000)],
    ])('answers 404 for id %s', async (id) => {
      const { status, body } = await retry(id);
      expect(status).toBe(404);
      expect(body).toMatchObject({
        type: 'urn:incident-service:problem:delivery-not-found',
        title: 'Доставка не найдена',
        detail: 'Доставка не найдена',
        instance: `/deliveries/${id}/retry`,
      });
      expect(await dueOutboxes()).toEqual([]);
    });

    test('answers 404 for the id of an incident', async () => {
      expect((await retry(incident.id)).status).toBe(404);
    });

    test.each([
      'abc',
      '1.5',
      '1e0',
      '0x1',
      '1%201',
      '%2B%2B1',
      '%D9%A1',
      '1%00',
      '%FF',
      '%ZZ',
      "1'",
      '1%2F2',
    ])('refuses the id %s', async (id) => {
      const { status, body } = await retry(id);
      expect(status).toBe(422);
      expect(body).toMatchObject({
        errors: [{ path: 'path.id', code: 'invalid_type', message: 'ожидается целое число' }],
      });
    });

    test.each(['/deliveries/1', '/deliveries/1/retry/now', '/deliveries//retry'])(
      'answers 404 for %s',
      async (path) => {
        const { status, body } = await request(path, { method: 'POST' });
        expect(status).toBe(404);
        expect(body).toMatchObject({ type: 'urn:incident-service:problem:route-not-found' });
      },
    );
  });
});
