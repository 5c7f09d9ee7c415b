import { expect, test } from 'vitest';
import { type Arrival, type Attempt, judge, recoveryAfter, type Stored } from './accepted-incidents.ts';

const created = (id: number, differing: Partial<Attempt> = {}): Attempt => ({
  text: `incident ${id}`,
  sentAt: 900,
  answeredAt: 1_000,
  answer: { kind: 'created', id },
  ...differing,
});
const broken = (text: string): Attempt => ({
  text,
  sentAt: 900,
  answeredAt: 1_000,
  answer: { kind: 'broken', error: 'reset' },
});
const stored = (id: number, differing: Partial<Stored> = {}): Stored => ({
  id,
  text: `incident ${id}`,
  events: 1,
  deliveries: [
    { channel: 'email', state: 'sent' },
    { channel: 'telegram', state: 'sent' },
  ],
  ...differing,
});
const arrived = (incident: number, at = 2_000): Arrival[] => [
  { channel: 'email', incident, at },
  { channel: 'telegram', incident, at: at + 500 },
];

test('everything that was promised is there', () => {
  expect(
    judge([created(1), created(2)], [stored(1), stored(2)], [...arrived(1), ...arrived(2, 4_000)]),
  ).toEqual({
    created: 2,
    unanswered: { attempts: 0, stored: 0 },
    refused: {},
    lost: [],
    halves: [],
    duplicates: 0,
    phantoms: 0,
    worstDelay: { email: 3_000, telegram: 3_500 },
  });
});

test.each<{ what: string; row: Stored[]; arrivals: Arrival[]; lost: string }>([
  { what: 'the row', row: [], arrivals: [], lost: '№1: no row' },
  {
    what: "the row, whose id is another one's",
    row: [stored(1, { text: 'x' })],
    arrivals: arrived(1),
    lost: '№1: no row',
  },
  {
    what: 'the event',
    row: [stored(1, { events: 0 })],
    arrivals: arrived(1),
    lost: '№1: no single event (0)',
  },
  {
    what: 'a delivery',
    row: [stored(1, { deliveries: [{ channel: 'email', state: 'sent' }] })],
    arrivals: arrived(1),
    lost: '№1: no single telegram delivery (0)',
  },
  {
    what: 'the end of a delivery',
    row: [
      stored(1, {
        deliveries: [
          { channel: 'email', state: 'sending' },
          { channel: 'telegram', state: 'sent' },
        ],
      }),
    ],
    arrivals: arrived(1),
    lost: '№1: no sent email delivery (sending)',
  },
  {
    what: 'an arrival',
    row: [stored(1)],
    arrivals: arrived(1).slice(0, 1),
    lost: '№1: no telegram arrival',
  },
])('lost: $what', ({ row, arrivals, lost }) => {
  expect(judge([created(1)], row, arrivals).lost).toEqual([lost]);
});

test('one id promised to two', () => {
  const twice = [created(1), created(1)];
  expect(judge(twice, [stored(1)], arrived(1)).lost).toEqual(['№1: promised twice']);
});

test('without a 201 there is everything or nothing', () => {
  const attempts = [broken('incident 1'), broken('incident 2'), broken('incident 3')];
  const rows = [stored(1), stored(2, { events: 0 })];
  expect(judge(attempts, rows, [...arrived(1), ...arrived(2)])).toMatchObject({
    created: 0,
    unanswered: { attempts: 3, stored: 2 },
    lost: [],
    halves: ['№2: no single event (0)'],
  });
});

test('nobody has attempted what is stored', () => {
  expect(judge([], [stored(1)], arrived(1)).halves).toEqual(['№1: no attempt']);
});

test('refusals are counted by status', () => {
  const refused = (status: number): Attempt => ({
    ...broken('x'),
    answer: { kind: 'refused', status, body: '' },
  });
  expect(judge([refused(503), refused(500), refused(503)], [], []).refused).toEqual({ 500: 1, 503: 2 });
});

test('a second arrival is a duplicate, and the delay is that of the first', () => {
  const judgement = judge([created(1)], [stored(1)], [...arrived(1, 9_000), ...arrived(1)]);
  expect(judgement).toMatchObject({ duplicates: 2, worstDelay: { email: 1_000, telegram: 1_500 } });
});

test('a message about what is not stored is a phantom', () => {
  expect(judge([], [], arrived(7)).phantoms).toBe(2);
});

test.each([
  { what: 'the first of those sent since', attempts: [created(1), created(2)], recovery: 2_600 },
  {
    what: 'those sent before do not count',
    attempts: [created(1, { sentAt: 500 }), created(2)],
    recovery: 4_600,
  },
  { what: 'nothing has arrived', attempts: [created(3)], recovery: undefined },
  { what: 'nothing was created', attempts: [broken('x')], recovery: undefined },
])('recovery: $what', ({ attempts, recovery }) => {
  expect(recoveryAfter(900, attempts, [...arrived(1, 3_000), ...arrived(2, 5_000)])).toBe(recovery);
});

test('recovery of one channel alone', () => {
  expect(recoveryAfter(900, [created(1)], arrived(1), ['email'])).toBe(1_100);
});
