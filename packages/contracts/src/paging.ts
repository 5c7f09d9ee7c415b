import * as z from 'zod';
import { wholeNumberParameter } from './parameter.ts';

export const pagingUpTo = (maximum: number) =>
  z.object({
    skip: wholeNumberParameter({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, fallback: 0 }).meta({
      type: 'integer',
      description: 'Number of entries to skip.',
      example: 0,
    }),
    limit: wholeNumberParameter({ minimum: 0, maximum, fallback: 100 }).meta({
      type: 'integer',
      description: 'Maximum number of entries.',
      example: 100,
    }),
  });

/** For lists with large entries: an event may contain two descriptions. */
export const Paging = pagingUpTo(100);
export type Paging = z.infer<typeof Paging>;
