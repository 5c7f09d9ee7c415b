import { describe, expect, test } from 'vitest';
import { createCycle } from './create-cycle.ts';

const items = Array.from({ length: 100 }, (_, index) => index);
const take = (next: () => number, count: number) => Array.from({ length: count }, next);

describe('createCycle', () => {
  test('returns every item once before it repeats one', () => {
    const next = createCycle(items);
    for (let round = 0; round < 3; round++) {
      expect(take(next, items.length).toSorted((a, b) => a - b)).toEqual(items);
    }
  });

  test('repeats the same order', () => {
    const next = createCycle(items);
    expect(take(next, items.length)).toEqual(take(next, items.length));
  });

  test('returns the items in a random order', () => {
    expect(take(createCycle(items), items.length)).not.toEqual(items);
  });

  test('throws without items', () => {
    expect(createCycle([])).toThrow('nothing to choose from');
  });
});
