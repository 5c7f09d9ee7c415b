import type * as z from 'zod';
import type { ProblemCode } from '../http/problem.ts';

/** Every text of the API in one language. */
export interface Locale {
  problems: Record<ProblemCode, { title: string; detail: string }>;
  /** The message of a refused field. */
  validation: z.core.$ZodErrorMap;
  malformed_json: string;
  too_deep: string;
}
