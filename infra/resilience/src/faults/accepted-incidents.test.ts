import { describe, expect, test } from 'vitest';
import {
  type Arrival,
  auditIncidents,
  type CreateAttempt,
  measureRecovery,
  type StoredEvent,
  type StoredIncident,
} from './accepted-incidents.ts';

const created = (id: number, differing: Partial<CreateAttempt> = {}): CreateAttempt => ({
  text: `incident ${id}`,
  sentAt: 900,
  answeredAt: 1_000,
  answer: { kind: 'created', id },
  ...differing,
});
const broken = (text: string): CreateAttempt => ({
  text,
  sentAt: 900,
  answeredAt: 1_000,
  answer: { kind: 'broken', error: 'reset' },
});
const event = (
  kind: StoredEvent['kind'],
  deliveries: StoredEvent['deliveries'] = [
    { channel: 'email', state: 'sent' },
    { channel: 'telegram', state: 'sent' },
  ],
): StoredEvent => ({ kind, deliveries });
const stored = (id: number, differing: Partial<StoredIncident> = {}): StoredIncident => ({
  id,
  text: `incident ${id}`,
  events: [event('created')],
  ...differing,
});
const arrived = (incident: number, at = 2_000, isEscalation = false): Arrival[] => [
  { channel: 'email', incident, at, isEscalation },
  { channel: 'telegram', incident, at: at + 500, isEscalation },
];

describe('auditIncidents', () => {
  test('finds nothing missing when each accepted incident has all its parts', () => {
    expect(
      auditIncidents([created(1), created(2)], [stored(1), stored(2)], [...arrived(1), ...arrived(2, 4_000)]),
    ).toEqual({
      created: 2,
      unanswered: { attempts: 0, stored: 0 },
      refused: {},
      lost: [],
      partial: [],
      duplicates: 0,
      phantoms: 0,
      worstDelay: { email: 3_000, telegram: 3_500 },
    });
  });

  test.each<{ what: string; row: StoredIncident[]; arrivals: Arrival[]; lost: string }>([
    { what: 'its row', row: [], arrivals: [], lost: '№1: no row' },
    {
      what: 'its row, whose id belongs to another incident',
      row: [stored(1, { text: 'x' })],
      arrivals: arrived(1),
      lost: '№1: no row',
    },
    {
      what: 'its event',
      row: [stored(1, { events: [] })],
      arrivals: arrived(1),
      lost: '№1: no single event (0)',
    },
    {
      what: 'a delivery',
      row: [stored(1, { events: [event('created', [{ channel: 'email', state: 'sent' }])] })],
      arrivals: arrived(1),
      lost: '№1: no single telegram delivery (0)',
    },
    {
      what: 'a finished delivery',
      row: [
        stored(1, {
          events: [
            event('created', [
              { channel: 'email', state: 'sending' },
              { channel: 'telegram', state: 'sent' },
            ]),
          ],
        }),
      ],
      arrivals: arrived(1),
      lost: '№1: no sent email delivery (sending)',
    },
    {
      what: 'the deliveries of its escalation',
      row: [stored(1, { events: [event('created'), event('escalated', [])] })],
      arrivals: arrived(1),
      lost: '№1: no single email delivery about escalated (0), no single telegram delivery about escalated (0)',
    },
    {
      what: 'a message',
      row: [stored(1)],
      arrivals: arrived(1).slice(0, 1),
      lost: '№1: no telegram arrival',
    },
  ])('reports an accepted incident without $what as lost', ({ row, arrivals, lost }) => {
    expect(auditIncidents([created(1)], row, arrivals).lost).toEqual([lost]);
  });

  test('reports one id in two replies as lost', () => {
    const twice = [created(1), created(1)];
    expect(auditIncidents(twice, [stored(1)], arrived(1)).lost).toEqual(['№1: accepted twice']);
  });

  test('reports an incident without a 201 as partial when a part is missing', () => {
    const attempts = [broken('incident 1'), broken('incident 2'), broken('incident 3')];
    const rows = [stored(1), stored(2, { events: [] })];
    expect(auditIncidents(attempts, rows, [...arrived(1), ...arrived(2)])).toMatchObject({
      created: 0,
      unanswered: { attempts: 3, stored: 2 },
      lost: [],
      partial: ['№2: no single event (0)'],
    });
  });

  test('reports a stored incident without an attempt as partial', () => {
    expect(auditIncidents([], [stored(1)], arrived(1)).partial).toEqual(['№1: no attempt']);
  });

  test('counts refusals by status', () => {
    const refused = (status: number): CreateAttempt => ({
      ...broken('x'),
      answer: { kind: 'refused', status, body: '' },
    });
    expect(auditIncidents([refused(503), refused(500), refused(503)], [], []).refused).toEqual({
      500: 1,
      503: 2,
    });
  });

  test('counts a second arrival as a duplicate and measures the delay of the first', () => {
    const audit = auditIncidents([created(1)], [stored(1)], [...arrived(1, 9_000), ...arrived(1)]);
    expect(audit).toMatchObject({ duplicates: 2, worstDelay: { email: 1_000, telegram: 1_500 } });
  });

  test('accepts one message for each delivery of an incident', () => {
    const row = stored(1, { events: [event('created'), event('escalated')] });
    const arrivals = [...arrived(1), ...arrived(1, 5_000, true), ...arrived(1, 9_000, true).slice(0, 1)];
    expect(auditIncidents([created(1)], [row], arrivals)).toMatchObject({ lost: [], duplicates: 1 });
  });

  test('counts messages about unknown incidents as phantoms', () => {
    expect(auditIncidents([], [], arrived(7)).phantoms).toBe(2);
  });
});

describe('measureRecovery', () => {
  test.each([
    {
      what: 'ends with the first arrival of a later incident',
      attempts: [created(1), created(2)],
      recovery: 2_600,
    },
    {
      what: 'ignores incidents sent before',
      attempts: [created(1, { sentAt: 500 }), created(2)],
      recovery: 4_600,
    },
    { what: 'is undefined when nothing has arrived', attempts: [created(3)], recovery: undefined },
    { what: 'is undefined when nothing was created', attempts: [broken('x')], recovery: undefined },
  ])('$what', ({ attempts, recovery }) => {
    expect(measureRecovery(900, attempts, [...arrived(1, 3_000), ...arrived(2, 5_000)])).toBe(recovery);
  });

  test('with one channel ignores the arrivals of the other', () => {
    expect(measureRecovery(900, [created(1)], arrived(1), ['email'])).toBe(1_100);
  });
});
