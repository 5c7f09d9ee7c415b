import type * as z from 'zod';
import type { ProblemCode } from '../http/problem.ts';

export interface Locale {
  problems: Record<ProblemCode, { title: string; detail: string }>;
  validation: z.core.$ZodErrorMap;
  malformed_json: string;
  too_deep: string;
}
