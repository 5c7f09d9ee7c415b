import * as z from 'zod';
import { wholeNumberParameter } from './parameter.ts';

/** The part of a query that says which piece of a list to return, at most `maximum` entries. */
export const pagingUpTo = (maximum: number) =>
  z.object({
    skip: wholeNumberParameter({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, fallback: 0 }).meta({
      type: 'integer',
      description: 'How many to pass over.',
      example: 0,
    }),
    limit: wholeNumberParameter({ minimum: 0, maximum, fallback: 100 }).meta({
      type: 'integer',
      description: 'At most how many to return.',
      example: 100,
    }),
  });

/** Of lists whose entries can be large: a line of the history may hold two descriptions. */
export const Paging = pagingUpTo(100);
export type Paging = z.infer<typeof Paging>;
