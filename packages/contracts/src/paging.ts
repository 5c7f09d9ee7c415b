import * as z from 'zod';
import { wholeNumberParameter } from './parameter.ts';

/** The part of a query that says which piece of a list to return. */
export const Paging = z.object({
  skip: wholeNumberParameter({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, fallback: 0 }).meta({
    type: 'integer',
    description: 'How many to pass over.',
    example: 0,
  }),
  limit: wholeNumberParameter({ minimum: 0, maximum: 10_000, fallback: 100 }).meta({
    type: 'integer',
    description: 'At most how many to return.',
    example: 100,
  }),
});
export type Paging = z.infer<typeof Paging>;
