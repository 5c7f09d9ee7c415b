import type { FieldError } from '@incidents/contracts';
import type { Context } from 'hono';
import type * as z from 'zod';
import type { Locale } from '../locale/locale.ts';
import type { HonoEnv } from './hono-env.ts';
import { ignoredParameters } from './ignored-parameters.ts';
import { HttpProblem } from './problem.ts';
import { readBody } from './read-body.ts';

export interface InputSchemas {
  path?: z.ZodObject;
  query?: z.ZodObject;
  body?: z.ZodType;
}

export type Input<Schemas extends InputSchemas> = {
  [Part in keyof Schemas]: Schemas[Part] extends z.ZodType ? z.output<Schemas[Part]> : undefined;
};

/**
 * Adds `X-Ignored-Parameters` to `replyHeaders`, also for the reply to a later error.
 * @throws HttpProblem validation_failed with every refused field; the errors of `readBody`
 */
export async function readInput<Schemas extends InputSchemas>(
  c: Context<HonoEnv>,
  schemas: Schemas,
  locale: Locale,
  replyHeaders: Record<string, string>,
): Promise<Input<Schemas>> {
  const input: Record<string, unknown> = {};
  const errors: FieldError[] = [];

  const check = (part: keyof InputSchemas, schema: z.ZodType, value: unknown) => {
    const result = schema.safeParse(value, { error: locale.validation, reportInput: true });
    if (result.success) input[part] = result.data;
    else errors.push(...result.error.issues.map((issue) => toFieldError(part, issue)));
  };

  if (schemas.path) check('path', schemas.path, c.req.param());
  if (schemas.query || c.req.url.includes('?')) {
    const queries = c.req.queries();
    const ignored = ignoredParameters(queries, schemas.query?.shape);
    if (ignored !== undefined) replyHeaders['X-Ignored-Parameters'] = ignored;
    if (schemas.query) check('query', schemas.query, selectLastValues(queries));
  }
  if (schemas.body) check('body', schemas.body, await readBody(c, locale));

  if (errors.length > 0) throw new HttpProblem('validation_failed', { errors });
  return input as Input<Schemas>;
}

/** The last of several values counts, as in the legacy service. */
const selectLastValues = (queries: Record<string, string[]>) =>
  Object.fromEntries(Object.entries(queries).map(([name, values]) => [name, values.at(-1)]));

const toFieldError = (part: string, issue: z.core.$ZodIssue): FieldError => ({
  path: [part, ...issue.path].join('.'),
  code: getIssueCode(issue),
  message: issue.message,
});

function getIssueCode(issue: z.core.$ZodIssue): string {
  if (issue.code === 'custom') return String(issue.params?.reason ?? 'custom');
  if (issue.code === 'invalid_type' && issue.input === undefined) return 'required';
  return issue.code;
}
