import type * as z from 'zod';
import type { ProblemCode } from '../http/problem.ts';

/** Everything that the API says to a person, in one language. */
export interface Locale {
  problems: Record<ProblemCode, { title: string; detail: string }>;
  /** The message of each field that is refused. */
  validation: z.core.$ZodErrorMap;
  malformed_json: string;
  too_deep: string;
}
