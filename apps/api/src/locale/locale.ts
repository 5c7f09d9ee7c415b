import type * as z from 'zod';
import type { ProblemCode } from '../http/problem.ts';
import { en } from './en.ts';
import { ru } from './ru.ts';

/** Everything that the API says to a person, in one language. */
export interface Locale {
  problems: Record<ProblemCode, { title: string; detail: string }>;
  /** The message of each field that is refused. */
  validation: z.core.$ZodErrorMap;
  malformed_json: string;
}

export const locales: Record<'ru' | 'en', Locale> = { ru, en };
