import { type Delivery, DeliveryList, DeliveryState, Incident } from '@incidents/contracts';
import { beforeEach, describe, expect, test } from 'vitest';
import { insertDelivery } from '../../testing/deliveries.ts';
import { nextOf, pagesFrom } from '../../testing/pages.ts';
import { newIncident, useTestApp } from '../../testing/test-app.ts';

const { request, post, database } = useTestApp();

let incident: Incident;

beforeEach(async () => {
  await database.db.pool.query('delete from deliveries');
  incident = Incident.parse((await post('/incidents/', newIncident)).body);
});

const insert = (fields: Partial<Delivery> = {}) =>
  insertDelivery(database, { incident_id: incident.id, ...fields });

const list = async (target: string) => {
  const { status, body, headers } = await request(target);
  expect(status).toBe(200);
  return { entries: DeliveryList.parse(body), headers };
};

const NOON = '2025-11-08T12:00:00.000Z';

const inState: Record<DeliveryState, Omit<Delivery, 'id' | 'incident_id'>> = {
  pending: {
    event_id: 11,
    channel: 'email',
    transport: 'smtp',
    recipient: 'oncall@example.org',
    state: 'pending',
    attempts: 2,
    digest: false,
    provider_message_id: null,
    last_error: '451 почтовый сервер занят',
    next_attempt_at: '2025-11-08T12:00:05.123Z',
    sent_at: null,
    created_at: NOON,
    updated_at: '2025-11-08T12:00:01.001Z',
  },
  sending: {
    event_id: 12,
    channel: 'telegram',
    transport: 'telegram',
    recipient: '-1001234567890:42',
    state: 'sending',
    attempts: 1,
    digest: true,
    provider_message_id: null,
    last_error: null,
    next_attempt_at: null,
    sent_at: null,
    created_at: NOON,
    updated_at: NOON,
  },
  sent: {
    event_id: 13,
    channel: 'email',
    transport: 'smtp',
    recipient: 'oncall@example.org',
    state: 'sent',
    attempts: 1,
    digest: false,
    provider_message_id: '<1.abc@example.org>',
    last_error: null,
    next_attempt_at: null,
    sent_at: '2025-11-08T12:00:00.999Z',
    created_at: NOON,
    updated_at: '2025-11-08T12:00:00.999Z',
  },
  logged: {
    event_id: 16,
    channel: 'email',
    transport: 'log',
    recipient: 'log',
    state: 'logged',
    attempts: 1,
    digest: false,
    provider_message_id: null,
    last_error: null,
    next_attempt_at: null,
    sent_at: '2025-11-08T12:00:00.999Z',
    created_at: NOON,
    updated_at: '2025-11-08T12:00:00.999Z',
  },
  failed: {
    event_id: 14,
    channel: 'telegram',
    transport: 'telegram',
    recipient: '@канал "кавычки" <b>',
    state: 'failed',
    attempts: 9,
    digest: false,
    provider_message_id: null,
    last_error: 'Forbidden: bot was kicked\nиз группы \u{1F600}',
    next_attempt_at: null,
    sent_at: null,
    created_at: NOON,
    updated_at: '2025-11-09T12:00:00.000Z',
  },
  skipped: {
    event_id: 15,
    channel: 'telegram',
    transport: 'log',
    recipient: 'log',
    state: 'skipped',
    attempts: 0,
    digest: false,
    provider_message_id: null,
    last_error: 'the incident no longer exists',
    next_attempt_at: null,
    sent_at: null,
    created_at: NOON,
    updated_at: NOON,
  },
};

describe('GET /incidents/{id}/deliveries', () => {
  test('returns an empty array for a new incident', async () => {
    for (const path of [`/incidents/${incident.id}/deliveries`, `/incidents/${incident.id}/deliveries/`]) {
      const { status, body, headers } = await request(path);
      expect(status).toBe(200);
      expect(body).toEqual([]);
      expect(headers.has('link')).toBe(false);
    }
  });

  test.each(DeliveryState.options)('returns every field of a %s delivery', async (state) => {
    const id = await insert(inState[state]);
    const expected = [{ id, incident_id: incident.id, ...inState[state] }];
    for (const path of [`/incidents/${incident.id}/deliveries`, `/incidents/00${incident.id}/deliveries/`]) {
      expect((await request(path)).body).toEqual(expected);
    }
  });

  test('returns null for missing values', async () => {
    await insert({ digest: true, next_attempt_at: null });
    const { body } = await request(`/incidents/${incident.id}/deliveries`);
    expect(body).toMatchObject([
      { provider_message_id: null, last_error: null, next_attempt_at: null, sent_at: null },
    ]);
  });

  test('returns times in UTC', async () => {
    await insert({ state: 'sent', sent_at: '2025-11-08T15:00:00.5+03:00' });
    const { body } = await request(`/incidents/${incident.id}/deliveries`);
    expect(body).toMatchObject([{ sent_at: '2025-11-08T12:00:00.500Z', created_at: NOON }]);
  });

  test('returns only deliveries of the incident, by id, the oldest first', async () => {
    const other = Incident.parse((await post('/incidents/', newIncident)).body);
    const ids: number[] = [];
    for (const state of DeliveryState.options) {
      ids.push(await insert(inState[state]));
      await insertDelivery(database, { incident_id: other.id });
    }
    await database.db.pool.query('update deliveries set attempts = 7, updated_at = now() where id = $1', [
      ids[0],
    ]);
    const { entries } = await list(`/incidents/${incident.id}/deliveries`);
    expect(entries.map(({ id }) => id)).toEqual(ids);
    expect(entries.map(({ state }) => state)).toEqual(DeliveryState.options);
    expect(entries.every(({ incident_id }) => incident_id === incident.id)).toBe(true);
  });

  describe('paging', () => {
    let ids: number[];

    beforeEach(async () => {
      ids = [];
      for (let index = 0; index < 5; index++) ids.push(await insert());
    });

    const pages = async (query: string) =>
      (await pagesFrom(`/incidents/${incident.id}/deliveries${query}`, list)).map((page) =>
        page.map(({ id }) => ids.indexOf(id)),
      );

    test('links lead through all deliveries', async () => {
      expect(await pages('')).toEqual([[0, 1, 2, 3, 4]]);
      expect(await pages('?limit=2')).toEqual([[0, 1], [2, 3], [4]]);
      expect(await pages('/?limit=1&skip=3')).toEqual([[3], [4]]);
    });

    test('links have the path without a slash and keep the limit', async () => {
      for (const path of [`/incidents/${incident.id}/deliveries`, `/incidents/0${incident.id}/deliveries/`]) {
        const { headers } = await list(`${path}?limit=2&skip=1`);
        expect(nextOf(headers)).toBe(`/incidents/${incident.id}/deliveries?skip=3&limit=2`);
      }
    });

    test.each([
      ['limit=5', 5],
      ['limit=100', 5],
      ['limit=0', 0],
      ['skip=3&limit=2', 2],
      ['skip=5', 0],
      ['skip=9007199254740991', 0],
      ['limit=1&limit=10', 5],
      ['state=failed', 5],
    ])('?%s returns %i deliveries without a next page', async (query, length) => {
      const { entries, headers } = await list(`/incidents/${incident.id}/deliveries?${query}`);
      expect(entries).toHaveLength(length);
      expect(headers.has('link')).toBe(false);
    });

    test('a page has at most 100 deliveries', async () => {
      await database.db.pool.query(
        `insert into deliveries (event_id, incident_id, channel, transport, recipient)
       select n, $1, 'email', 'log', 'log' from generate_series(1, 100) as n`,
        [incident.id],
      );
      const { entries, headers } = await list(`/incidents/${incident.id}/deliveries`);
      expect(entries).toHaveLength(100);
      expect(nextOf(headers)).toBe(`/incidents/${incident.id}/deliveries?skip=100&limit=100`);
      expect((await list(`/incidents/${incident.id}/deliveries?skip=100`)).entries).toHaveLength(5);
    });

    test.each([
      ['skip=-1', 'query.skip', 'too_small'],
      ['limit=10001', 'query.limit', 'too_big'],
      ['limit=', 'query.limit', 'invalid_type'],
      ['limit=5%00', 'query.limit', 'invalid_type'],
    ])('?%s is refused', async (query, path, code) => {
      const { status, body } = await request(`/incidents/${incident.id}/deliveries?${query}`);
      expect(status).toBe(422);
      expect(body).toMatchObject({ errors: [{ path, code }] });
    });

    test('HEAD returns the headers of GET', async () => {
      const { status, headers, text } = await request(`/incidents/${incident.id}/deliveries?limit=2`, {
        method: 'HEAD',
      });
      expect({ status, text }).toEqual({ status: 200, text: '' });
      expect(nextOf(headers)).toBe(`/incidents/${incident.id}/deliveries?skip=2&limit=2`);
    });
  });

  describe('without an incident', () => {
    test.each([
      '/incidents/999999/deliveries',
      '/incidents/999999/deliveries/',
      '/incidents/999999/deliveries?limit=0',
    ])('answers 404 for %s, as the legacy service', async (target) => {
      const { status, body } = await request(target);
      expect(status).toBe(404);
      expect(body).toMatchObject({
        type: 'urn:incident-service:problem:incident-not-found',
        detail: 'Инцидент не найден',
      });
    });

    test('answers 404 after a deletion by hand, in spite of deliveries', async () => {
      await insert();
      await database.db.pool.query('delete from incidents where id = $1', [incident.id]);
      expect((await request(`/incidents/${incident.id}/deliveries`)).status).toBe(404);
    });

    test.each(['0', '-1', String(2 ** 53), String(2n ** 63n), '9'.repeat(1000)])(
      'answers 404 for id %s',
      async (id) => {
        expect((await request(`/incidents/${id}/deliveries`)).status).toBe(404);
      },
    );

    test.each(['abc', '1.5', '1e0', '1%201', '%2B%2B1', '%D9%A1', '1%00', '%FF', "1'", '1%2F2'])(
      'refuses the id %s',
      async (id) => {
        const { status, body } = await request(`/incidents/${id}/deliveries`);
        expect(status).toBe(422);
        expect(body).toMatchObject({ errors: [{ path: 'path.id', code: 'invalid_type' }] });
      },
    );
  });
});
