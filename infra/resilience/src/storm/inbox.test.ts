import { expect, test } from 'vitest';
import {
  type Arrival,
  countMaxWithin,
  detectKind,
  findIncidentIds,
  summarizeNotifications,
} from './inbox.ts';

const reports = {
  incidents: [1, 2, 3].map((id) => ({ id, at: 1_000 })),
  changed: [3],
  refused: [],
  slowest: 0,
};
const arrival = (text: string, differing: Partial<Arrival> = {}): Arrival => {
  const kind = differing.kind ?? detectKind(text);
  return { at: 2_000, kind, names: findIncidentIds(text, kind), text, ...differing };
};
const all = [
  arrival('Новый инцидент №1'),
  arrival('Новые инциденты: 2\n№2 новый\n№3 новый', { at: 4_000 }),
  arrival('Инцидент №3, закрыт', { at: 5_000 }),
];

test('finds nothing missing when each incident has one message and its status', () => {
  expect(summarizeNotifications('101', all, reports)).toEqual({
    recipient: '101',
    singles: 2,
    digests: 1,
    changes: 0,
    lost: [],
    twice: [],
    stale: [],
    delay: { median: 3, worst: 3 },
  });
});

test('reports incidents without a message as lost', () => {
  expect(summarizeNotifications('101', all.slice(0, 1), reports)).toMatchObject({ lost: [2, 3], stale: [3] });
  expect(summarizeNotifications('101', [], reports)).toMatchObject({ lost: [1, 2, 3] });
});

test.each([
  { again: arrival('Новый инцидент №1'), twice: [1] },
  { again: arrival('Новые инциденты: 1\n№1'), twice: [1] },
  { again: arrival('Новые инциденты: 1\n№2'), twice: [2] },
  { again: arrival('Инцидент №3, закрыт'), twice: [3] },
])('reports a repeated message: $again.text', ({ again, twice }) => {
  expect(summarizeNotifications('101', [...all, again], reports).twice).toEqual(twice);
});

test('reports an edit with an old status as stale', () => {
  const late = arrival('Новый инцидент №3', { kind: 'edit', at: 6_000 });
  expect(summarizeNotifications('101', [...all, late], reports).stale).toEqual([3]);
});

test('reads the status from a digest', () => {
  const digest = (status: string) =>
    arrival(`Новые инциденты: 2\n№2 новый\n№3 ${status}`, { at: 7_000, kind: 'digest' });
  expect(summarizeNotifications('101', [...all, digest('новый')], reports).stale).toEqual([3]);
  expect(summarizeNotifications('101', [...all.slice(0, 1), digest('закрыт')], reports).stale).toEqual([]);
});

test.each([
  { times: [], most: 0 },
  { times: [0, 1_000, 2_000], most: 1 },
  { times: [0, 999, 1_998], most: 2 },
  { times: [500, 0, 999, 1_400, 1_600], most: 3 },
])('finds at most $most of $times within a second', ({ times, most }) => {
  expect(countMaxWithin(times, 1_000)).toBe(most);
});
