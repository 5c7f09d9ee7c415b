import * as z from 'zod';

/** The integers of pydantic, and so of the legacy service: ` 5`, `+5`, `5.0`, `1_000`; not `5.5`, `1e3` or `0x10`. */
const WHOLE_NUMBER = /^\p{White_Space}*([+-]?\d+(?:_\d+)*)(?:\.0+)?\p{White_Space}*$/u;

const wholeNumber = () =>
  z.string().transform((value, context) => {
    const digits = WHOLE_NUMBER.exec(value)?.[1];
    if (digits !== undefined) return Number(digits.replaceAll('_', ''));
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
