import * as z from 'zod';

const WHOLE_NUMBER = /^-?\d+$/;

/**
 * A whole number in a query string: ASCII digits only, so that `1e3`, `0x10`, ` 5` and `1.0` are refused
 * instead of being read as some number.
 */
export const wholeNumberParameter = (range: { minimum: number; maximum: number; fallback: number }) =>
  z
    .string()
    .transform((value, context) => {
      if (!WHOLE_NUMBER.test(value)) {
        context.issues.push({ code: 'invalid_type', expected: 'int', input: value });
        return z.NEVER;
      }
      const number = Number(value);
      if (number < range.minimum) {
        context.issues.push({
          code: 'too_small',
          origin: 'int',
          minimum: range.minimum,
          inclusive: true,
          input: number,
        });
      } else if (number > range.maximum) {
        context.issues.push({
          code: 'too_big',
          origin: 'int',
          maximum: range.maximum,
          inclusive: true,
          input: number,
        });
      }
      // -0 would be sent to the database as "-0"
      return number + 0;
    })
    .default(range.fallback)
    .meta({ type: 'integer', minimum: range.minimum, maximum: range.maximum, default: range.fallback });

/**
 * An id in a path. What is no whole number is refused; a whole number that no row can have (zero, negative,
 * beyond 2^53) becomes 0, which none has, so that it is simply not found.
 */
export const idParameter = () =>
  z
    .string()
    .transform((value, context) => {
      if (!WHOLE_NUMBER.test(value)) {
        context.issues.push({ code: 'invalid_type', expected: 'int', input: value });
        return z.NEVER;
      }
      const number = Number(value);
      return Number.isSafeInteger(number) && number > 0 ? number : 0;
    })
    .meta({ type: 'integer', minimum: 1, example: 1 });
