import { describe, expect, test } from 'vitest';
import { createWalk } from './walk.ts';

const items = Array.from({ length: 100 }, (_, index) => index);
const take = (next: () => number, count: number) => Array.from({ length: count }, next);

describe('createWalk', () => {
  test('gives every item once before any returns', () => {
    const next = createWalk(items);
    for (let round = 0; round < 3; round++) {
      expect(take(next, items.length).toSorted((a, b) => a - b)).toEqual(items);
    }
  });

  test('repeats its order, so that an item returns after as many steps as there are items', () => {
    const next = createWalk(items);
    expect(take(next, items.length)).toEqual(take(next, items.length));
  });

  test('gives the items in a random order', () => {
    expect(take(createWalk(items), items.length)).not.toEqual(items);
  });

  test('throws without items', () => {
    expect(createWalk([])).toThrow('nothing to choose from');
  });
});
