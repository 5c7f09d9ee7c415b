import { describe, expect, test } from 'vitest';
import {
  Delivery,
  DeliveryList,
  DeliveryPath,
  DeliveryState,
  FailedDeliveriesQuery,
  ListDeliveriesQuery,
} from './delivery.ts';

const delivery = {
  id: 1,
  incident_id: 1,
  event_id: 2,
  channel: 'telegram',
  transport: 'telegram',
  recipient: '-1001234567890:42',
  state: 'sent',
  attempts: 1,
  digest: true,
  provider_message_id: '77',
  last_error: 'Too Many Requests: retry after 3',
  next_attempt_at: '2025-11-08T12:00:05.000Z',
  sent_at: '2025-11-08T12:00:04.999Z',
  created_at: '2025-11-08T12:00:00.000Z',
  updated_at: '2025-11-08T12:00:04.999Z',
};
const refused = (change: object) =>
  Delivery.safeParse({ ...delivery, ...change }).error?.issues.map(({ path }) => path.join('.')) ?? [];

describe('Delivery', () => {
  test('parses a delivery unchanged', () => {
    expect(Delivery.parse(delivery)).toEqual(delivery);
  });

  test('has exactly these nullable fields', () => {
    const nullable = ['provider_message_id', 'last_error', 'next_attempt_at', 'sent_at'];
    for (const field of Object.keys(delivery)) {
      expect(refused({ [field]: null }), field).toEqual(nullable.includes(field) ? [] : [field]);
    }
  });

  test.each([...DeliveryState.options, 'snoozed'])('accepts the state %s', (state) => {
    expect(refused({ state })).toEqual([]);
  });

  test('accepts channels and transports of later versions', () => {
    expect(refused({ channel: 'sms', transport: 'http' })).toEqual([]);
  });

  test.each<[string, unknown[]]>([
    ['state', [0, null, ['sent']]],
    ['channel', [0, null]],
    ['transport', [0, null]],
    ['attempts', [0.5, '1']],
    ['digest', [0, 'true']],
    ['sent_at', ['', '2025-11-08', '2025-11-08T12:00:00', 1_762_603_200]],
    ['created_at', ['', '2025-11-08T12:00:00']],
  ])('refuses %s in %j', (field, values) => {
    for (const value of values) expect(refused({ [field]: value })).toEqual([field]);
  });

  test('is listed in a bare array', () => {
    expect(DeliveryList.parse([])).toEqual([]);
    expect(DeliveryList.safeParse([{ ...delivery, added_later: 1 }]).success).toBe(true);
    expect(DeliveryList.safeParse({ items: [] }).success).toBe(false);
  });
});

test('DeliveryPath parses the id', () => {
  expect(DeliveryPath.parse({ id: '42' })).toEqual({ id: 42 });
  expect(DeliveryPath.parse({ id: '9'.repeat(30) })).toEqual({ id: 0 });
  for (const id of ['x', '', '1.5', '1 1']) expect(DeliveryPath.safeParse({ id }).success).toBe(false);
});

describe('ListDeliveriesQuery', () => {
  test('defaults to the first 100', () => {
    expect(ListDeliveriesQuery.parse({})).toEqual({ after: 0, limit: 100 });
  });

  test('parses every filter; an empty recipient is none', () => {
    const query = {
      state: 'failed',
      channel: 'email',
      recipient: 'a@example.com',
      incident_id: '7',
      since: '2025-11-08T12:00:00+03:00',
      after: '9',
      limit: '1000',
    };
    expect(ListDeliveriesQuery.parse(query)).toEqual({ ...query, incident_id: 7, after: 9, limit: 1000 });
    expect(FailedDeliveriesQuery.parse({ recipient: '' })).toEqual({ recipient: undefined });
  });

  test.each([
    ['state', 'snoozed'],
    ['state', ''],
    ['channel', 'sms'],
    ['recipient', 'a\0'],
    ['incident_id', 'x'],
    ['since', '2025-11-08'],
    ['since', '2025-11-08T12:00:00'],
    ['after', '-1'],
    ['limit', '1001'],
  ])('refuses %s=%j', (field, value) => {
    const { error } = ListDeliveriesQuery.safeParse({ [field]: value });
    expect(error?.issues.map(({ path }) => path)).toEqual([[field]]);
  });
});
