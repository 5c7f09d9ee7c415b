import { type Delivery, DeliveryList, DeliveryState } from '@incidents/contracts';
import { beforeEach, describe, expect, test } from 'vitest';
import { insertDelivery } from '../../testing/deliveries.ts';
import { nextOf, pagesFrom } from '../../testing/pages.ts';
import { useTestApp } from '../../testing/test-app.ts';

const { request, database } = useTestApp();

beforeEach(() => database.db.pool.query('truncate deliveries restart identity'));

let event = 0;
const insert = (fields: Partial<Delivery> = {}) =>
  insertDelivery(database, { incident_id: 1, event_id: ++event, ...fields });

const list = async (target: string) => {
  const { status, body, headers } = await request(target);
  expect(status).toBe(200);
  return { entries: DeliveryList.parse(body), headers };
};
const idsOf = async (query: string) => (await list(`/deliveries?${query}`)).entries.map(({ id }) => id);

describe('GET /deliveries', () => {
  test.each(['/deliveries', '/deliveries/'])(
    'returns an empty array for %s without deliveries',
    async (path) => {
      const { entries, headers } = await list(path);
      expect(entries).toEqual([]);
      expect(headers.has('link')).toBe(false);
    },
  );

  test('returns the deliveries of all incidents, the newest first', async () => {
    const ids = [await insert({ incident_id: 7 }), await insert({ incident_id: 8, state: 'failed' })];
    const { entries } = await list('/deliveries');
    expect(entries.map(({ id }) => id)).toEqual(ids.toReversed());
    expect(entries[0]).toMatchObject({ incident_id: 8, state: 'failed', channel: 'email' });
  });

  describe('filters', () => {
    const telegram = { channel: 'telegram', transport: 'telegram' } as const;

    test.each(DeliveryState.options)('state=%s', async (state) => {
      for (const other of DeliveryState.options) await insert({ state: other });
      const { entries } = await list(`/deliveries?state=${state}`);
      expect(entries.map((entry) => entry.state)).toEqual([state]);
    });

    test('combine; an empty recipient is no filter', async () => {
      const chat = await insert({ ...telegram, recipient: '-100:5', incident_id: 7 });
      const mail = await insert({ recipient: 'a+b@example.com', incident_id: 7 });
      const late = await insert({ recipient: 'a+b@example.com', created_at: '2025-11-08T12:00:00.001Z' });
      expect(await idsOf('channel=telegram')).toEqual([chat]);
      expect(await idsOf('recipient=a%2Bb@example.com')).toEqual([late, mail]);
      expect(await idsOf('recipient=a%2Bb@example.com&incident_id=7')).toEqual([mail]);
      expect(await idsOf('channel=telegram&recipient=a%2Bb@example.com')).toEqual([]);
      expect(await idsOf('incident_id=7')).toEqual([mail, chat]);
      expect(await idsOf('since=2025-11-08T15:00:00.001%2B03:00')).toEqual([late]);
      expect(await idsOf('since=2025-11-08T12:00:00Z&recipient=')).toEqual([late, mail, chat]);
    });

    test.each([
      ['since=0000-01-01T00:00:00Z', 1],
      ['since=9999-12-31T23:59:59-23:59', 0],
      ['incident_id=0', 0],
      ['incident_id=9223372036854775808', 0],
      [`recipient=${'x'.repeat(3_000)}`, 0],
      ['recipient=%25', 0],
    ])('accept %.40s', async (query, found) => {
      await insert();
      expect(await idsOf(query)).toHaveLength(found);
    });

    test.each([
      ['state=snoozed', 'state', 'invalid_value'],
      ['channel=sms', 'channel', 'invalid_value'],
      ['recipient=%00', 'recipient', 'nul_character'],
      ['incident_id=x', 'incident_id', 'invalid_type'],
      ['since=2025-11-08', 'since', 'invalid_format'],
      ['since=yesterday', 'since', 'invalid_format'],
      ['limit=1001', 'limit', 'too_big'],
      ['limit=-1', 'limit', 'too_small'],
      ['after=1.5', 'after', 'invalid_type'],
    ])('refuse ?%s', async (query, field, code) => {
      const { status, body } = await request(`/deliveries?${query}`);
      expect(status).toBe(422);
      expect(body).toMatchObject({ errors: [{ path: `query.${field}`, code }] });
    });
  });

  describe('paging', () => {
    let ids: number[];

    beforeEach(async () => {
      ids = [];
      for (let index = 0; index < 5; index++) {
        ids.push(await insert({ state: index === 1 ? 'sent' : 'failed', recipient: 'a b@example.com' }));
      }
    });

    const pages = async (query: string) =>
      (await pagesFrom(`/deliveries${query}`, list)).map((page) => page.map(({ id }) => ids.indexOf(id)));

    test('links lead through all deliveries', async () => {
      expect(await pages('')).toEqual([[4, 3, 2, 1, 0]]);
      expect(await pages('?limit=2')).toEqual([[4, 3], [2, 1], [0]]);
      expect(await pages('?limit=2&state=failed&recipient=a+b@example.com')).toEqual([
        [4, 3],
        [2, 0],
      ]);
    });

    test('links keep limit and filters', async () => {
      const query = 'state=failed&channel=email&incident_id=1&since=2025-11-08T00:00:00%2B00:00';
      const { headers } = await list(`/deliveries/?limit=1&${query}`);
      expect(nextOf(headers)).toBe(
        `/deliveries?after=${ids[4]}&limit=1&state=failed&channel=email&incident_id=1&since=2025-11-08T00%3A00%3A00%2B00%3A00`,
      );
    });

    test('new deliveries do not shift later pages', async () => {
      const { headers } = await list('/deliveries?limit=2');
      await insert();
      expect(await idsOf((nextOf(headers) ?? '').replace('/deliveries?', ''))).toEqual([ids[2], ids[1]]);
    });

    test('limit=0 returns an empty array without a link', async () => {
      const { entries, headers } = await list('/deliveries?limit=0');
      expect(entries).toEqual([]);
      expect(headers.has('link')).toBe(false);
    });
  });
});
