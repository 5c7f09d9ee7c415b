import { expect, test } from 'vitest';
import { createPlaces } from './places.ts';

test('each of those who come at once is told a time of its own', () => {
  const places = createPlaces(() => 1_000);
  expect([1, 2, 3].map(() => places.next('a', 100))).toEqual([100, 200, 300]);
  expect(places.next('b', 100)).toBe(100);
});

test('when the line has passed the next one is the first again', () => {
  let time = 0;
  const places = createPlaces(() => time);
  places.next('a', 100);
  places.next('a', 100);
  time = 150;
  expect(places.next('a', 100)).toBe(150);
  time = 1_000;
  expect(places.next('a', 100)).toBe(100);
});
