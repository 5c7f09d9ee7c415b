import { describe, expect, expectTypeOf, test } from 'vitest';
import type * as z from 'zod';
import { openEnum } from './open-enum.ts';

const Size = openEnum(['small', 'large'], { id: 'SizeOfATest', description: 'How big it is.' });

describe('openEnum', () => {
  test.each(['small', 'large', 'gigantic', ''])('parses %j unchanged', (value) => {
    expect(Size.parse(value)).toBe(value);
  });

  test.each([undefined, null, 0, ['small'], {}])('refuses %j, which is no string', (value) => {
    expect(Size.safeParse(value).success).toBe(false);
  });

  test('has the known values, also in its metadata', () => {
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

  test('its type names the known values and accepts others', () => {
    expectTypeOf<'small'>().toExtend<z.infer<typeof Size>>();
    expectTypeOf<'gigantic'>().toExtend<z.infer<typeof Size>>();
  });
});
