import { expect, test } from 'vitest';
import { type Arrival, kindOf, mostWithin, namesIn, whatWasTold } from './inbox.ts';

const reports = {
  incidents: [1, 2, 3].map((id) => ({ id, at: 1_000 })),
  changed: [3],
  refused: [],
  slowest: 0,
};
const arrival = (text: string, differing: Partial<Arrival> = {}): Arrival => {
  const kind = differing.kind ?? kindOf(text);
  return { at: 2_000, kind, names: namesIn(text, kind), text, ...differing };
};
const all = [
  arrival('Новый инцидент №1'),
  arrival('Новые инциденты: 2\n№2 новый\n№3 новый', { at: 4_000 }),
  arrival('Инцидент №3, закрыт', { at: 5_000 }),
];

test('every incident told once, the changed one as it is now', () => {
  expect(whatWasTold('101', all, reports)).toEqual({
    recipient: '101',
    singles: 2,
    digests: 1,
    changes: 0,
    lost: [],
    twice: [],
    stale: [],
    delay: { middle: 3, worst: 3 },
  });
});

test('what is missing is lost', () => {
  expect(whatWasTold('101', all.slice(0, 1), reports)).toMatchObject({ lost: [2, 3], stale: [3] });
  expect(whatWasTold('101', [], reports)).toMatchObject({ lost: [1, 2, 3] });
});

test.each([
  { again: arrival('Новый инцидент №1'), twice: [1] },
  { again: arrival('Новые инциденты: 1\n№1'), twice: [1] },
  { again: arrival('Новые инциденты: 1\n№2'), twice: [2] },
  { again: arrival('Инцидент №3, закрыт'), twice: [3] },
])('told again: $again.text', ({ again, twice }) => {
  expect(whatWasTold('101', [...all, again], reports).twice).toEqual(twice);
});

test('an edit that brought back an old status is stale', () => {
  const late = arrival('Новый инцидент №3', { kind: 'edit', at: 6_000 });
  expect(whatWasTold('101', [...all, late], reports).stale).toEqual([3]);
});

test('a digest tells the status as well', () => {
  const digest = (status: string) =>
    arrival(`Новые инциденты: 2\n№2 новый\n№3 ${status}`, { at: 7_000, kind: 'digest' });
  expect(whatWasTold('101', [...all, digest('новый')], reports).stale).toEqual([3]);
  expect(whatWasTold('101', [...all.slice(0, 1), digest('закрыт')], reports).stale).toEqual([]);
});

test.each([
  { times: [], most: 0 },
  { times: [0, 1_000, 2_000], most: 1 },
  { times: [0, 999, 1_998], most: 2 },
  { times: [500, 0, 999, 1_400, 1_600], most: 3 },
])('most of $times within a second: $most', ({ times, most }) => {
  expect(mostWithin(times, 1_000)).toBe(most);
});
