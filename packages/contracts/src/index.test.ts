import { describe, expect, test } from 'vitest';
import type * as z from 'zod';
import * as contracts from './index.ts';

const problem = {
  type: 'urn:incident-service:problem:incident-not-found',
  title: 'Инцидент не найден',
  status: 404,
  detail: 'Инцидент не найден',
  instance: '/incidents/42',
  request_id: 'r1',
};
const incident = {
  id: 1,
  text: 'Бот не отвечает на команды',
  description: '...',
  status: 'новый',
  source: 'operator',
  created_at: '2025-11-08T12:00:00.000Z',
};

/** A reply as the service sends it, for each schema of one. */
const replies: Record<string, [schema: z.ZodType, reply: Record<string, unknown>]> = {
  Incident: [contracts.Incident, incident],
  IncidentEvent: [
    contracts.IncidentEvent,
    {
      id: 2,
      incident_id: 1,
      kind: 'updated',
      changes: { status: { from: 'новый', to: 'закрыт' } },
      actor: 'anonymous',
      request_id: 'r1',
      at: '2025-11-08T12:00:00.000Z',
    },
  ],
  Delivery: [
    contracts.Delivery,
    {
      id: 1,
      incident_id: 1,
      event_id: 2,
      channel: 'email',
      transport: 'smtp',
      recipient: 'oncall@example.org',
      state: 'pending',
      attempts: 1,
      digest: false,
      provider_message_id: null,
      last_error: 'the mail server is busy',
      next_attempt_at: '2025-11-08T12:00:05.000Z',
      sent_at: null,
      created_at: '2025-11-08T12:00:00.000Z',
      updated_at: '2025-11-08T12:00:00.000Z',
    },
  ],
  Statistics: [
    contracts.Statistics,
    {
      total: 1,
      by_status: { новый: 1, 'в работе': 0, закрыт: 0 },
      by_source: { operator: 1 },
      by_day: [{ date: '2025-11-08', incidents: 1 }],
      computed_at: '2025-11-08T12:00:00.000Z',
    },
  ],
  ServiceInfo: [contracts.ServiceInfo, { message: 'm', docs: '/docs', version: '1.0.0' }],
  Health: [contracts.Health, { status: 'ok' }],
  ReadinessChecks: [contracts.ReadinessChecks, { database: 'ok', schema: 'failed' }],
  Readiness: [contracts.Readiness, { status: 'ready', checks: { database: 'ok', schema: 'ok' } }],
  Problem: [contracts.Problem, problem],
  FieldError: [contracts.FieldError, { path: 'body.text', code: 'required', message: 'обязательное поле' }],
  ValidationProblem: [contracts.ValidationProblem, { ...problem, errors: [] }],
  NotReadyProblem: [contracts.NotReadyProblem, { ...problem, checks: { database: 'ok', schema: 'failed' } }],
};
/** Exports that are no reply of one object: requests, parts, the list. */
const OTHERS = [
  'CreateIncident',
  'DeliveryList',
  'DeliveryPath',
  'DeliveryState',
  'IncidentEventList',
  'Paging',
  'IncidentList',
  'IncidentPath',
  'IncidentStatus',
  'ListIncidentsQuery',
  'MAX_DESCRIPTION_BYTES',
  'UpdateIncident',
];

test('every reply schema is in the tests below', () => {
  expect(Object.keys(contracts).toSorted()).toEqual([...Object.keys(replies), ...OTHERS].toSorted());
});

describe.each(Object.entries(replies))('%s', (_, [schema, reply]) => {
  test('takes a reply as the service sends it', () => {
    expect(schema.parse(reply)).toEqual(reply);
  });

  test('takes fields that a later version adds', () => {
    expect(schema.safeParse({ ...reply, added_later: { anything: [1] } }).success).toBe(true);
  });

  test('misses each of its fields', () => {
    for (const field of Object.keys(reply)) {
      const { [field]: _, ...rest } = reply;
      expect(
        schema.safeParse(rest).error?.issues.map(({ path }) => path),
        field,
      ).toEqual([[field]]);
    }
  });
});

test('a list takes what its incidents take', () => {
  expect(contracts.IncidentList.parse([])).toEqual([]);
  expect(contracts.IncidentList.safeParse([{ ...incident, added_later: 1 }]).success).toBe(true);
  expect(contracts.IncidentList.safeParse({ items: [] }).success).toBe(false);
});

test.each([
  ['2025-11-08T12:00:00Z', true],
  ['2025-11-08T12:00:00.123456+03:00', true],
  ['2025-11-08T12:00:00', false],
  ['2025-11-08', false],
])('created_at %s always has an offset: %s', (created_at, allowed) => {
  expect(contracts.Incident.safeParse({ ...incident, created_at }).success).toBe(allowed);
});
