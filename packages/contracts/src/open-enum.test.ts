import { describe, expect, expectTypeOf, test } from 'vitest';
import type * as z from 'zod';
import { openEnum } from './open-enum.ts';

const Size = openEnum(['small', 'large'], { id: 'SizeOfATest', description: 'How big it is.' });

describe('openEnum', () => {
  test.each(['small', 'large', 'gigantic', ''])('parses %j unchanged', (value) => {
    expect(Size.parse(value)).toBe(value);
  });

  test.each([undefined, null, 0, ['small'], {}])('refuses %j', (value) => {
    expect(Size.safeParse(value).success).toBe(false);
  });

  test('has the known values in `options` and in its metadata', () => {
    expect(Size.options).toEqual(['small', 'large']);
    expect(Size.meta()).toEqual({
      id: 'SizeOfATest',
      description: 'How big it is. Known values: `small`, `large`. A later version may add some.',
      'x-extensible-enum': ['small', 'large'],
    });
    expect(openEnum(['a']).meta()).toMatchObject({
      description: 'Known values: `a`. A later version may add some.',
    });
  });

  test('has a type that accepts known and other values', () => {
    expectTypeOf<'small'>().toExtend<z.infer<typeof Size>>();
    expectTypeOf<'gigantic'>().toExtend<z.infer<typeof Size>>();
  });
});
