import * as z from 'zod';

/** ASCII digits only: `1e3`, `0x10`, ` 5` and `1.0` are refused, though `Number` parses them. */
const wholeNumber = () =>
  z.string().transform((value, context) => {
    if (/^-?\d+$/.test(value)) return Number(value);
    context.issues.push({ code: 'invalid_type', expected: 'int', input: value });
    return z.NEVER;
  });

/** An integer in a query string. */
export const wholeNumberParameter = (range: { minimum: number; maximum: number; fallback: number }) =>
  wholeNumber()
    .transform((number, context) => {
      const bound = { origin: 'int', inclusive: true, input: number } as const;
      if (number < range.minimum) {
        context.issues.push({ code: 'too_small', minimum: range.minimum, ...bound });
      } else if (number > range.maximum) {
        context.issues.push({ code: 'too_big', maximum: range.maximum, ...bound });
      }
      // The database driver would send -0 as "-0".
      return number + 0;
    })
    .default(range.fallback)
    .meta({ type: 'integer', minimum: range.minimum, maximum: range.maximum, default: range.fallback });

/** An id in a path. A number that no row can have (zero, negative, beyond 2^53) becomes 0, which is not found. */
export const idParameter = () =>
  wholeNumber()
    .transform((number) => (Number.isSafeInteger(number) && number > 0 ? number : 0))
    .meta({ type: 'integer', minimum: 1, example: 1 });
