import { expect, test } from 'vitest';
import { createPlaces } from './places.ts';

test('the more there are the later each is to come, each key for itself', () => {
  const places = createPlaces(
    () => 0,
    () => 0.9,
  );
  expect([1, 2, 3, 4].map((id) => places.comeAgainIn('a', id, 100))).toEqual([100, 180, 270, 360]);
  expect(places.comeAgainIn('b', 5, 100)).toBe(100);
});

test('whoever comes again is not counted twice, and whoever was served not at all', () => {
  const places = createPlaces(
    () => 0,
    () => 0.9,
  );
  for (const id of [1, 2, 3, 4]) places.comeAgainIn('a', id, 100);
  expect(places.comeAgainIn('a', 4, 100)).toBe(360);
  places.leave('a', 1);
  places.leave('a', 2);
  expect(places.comeAgainIn('a', 4, 100)).toBe(180);
});

test('whoever does not come any more is forgotten', () => {
  let time = 0;
  const places = createPlaces(
    () => time,
    () => 0.9,
  );
  for (const id of [1, 2, 3, 4]) places.comeAgainIn('a', id, 100);
  time = 20_000;
  expect(places.comeAgainIn('a', 5, 100)).toBe(100);
});

test('a crowd of a thousand is spread over its time', () => {
  const places = createPlaces();
  const delays = Array.from({ length: 1_000 }, (_, id) => places.comeAgainIn('a', id, 100));
  expect(Math.max(...delays)).toBeGreaterThan(50_000);
  expect(Math.max(...delays)).toBeLessThanOrEqual(100_000);
});
