import * as z from 'zod';

const fields = {
  type: z.string().meta({
    description: 'Names the kind of problem; stable, made for programs.',
    example: 'urn:incident-service:problem:incident-not-found',
  }),
  title: z.string().meta({ description: 'The kind of problem in words.', example: 'Инцидент не найден' }),
  status: z.int().meta({ description: 'The HTTP status, again.', example: 404 }),
  detail: z.string().meta({
    description: 'What went wrong this time, for a person, in the language of the service.',
    example: 'Инцидент не найден',
  }),
  instance: z.string().meta({ description: 'The path that was asked for.', example: '/incidents/42' }),
  request_id: z.string().meta({
    description: 'Name it when asking about this reply: the log lines of the request carry it.',
    example: '0199c2f0-6f0e-7d3a-9a53-3f1f0f6b7c11',
  }),
};

/** Body of every error reply (RFC 9457, `application/problem+json`). */
export const Problem = z.object(fields).meta({ id: 'Problem', description: 'An error (RFC 9457).' });
export type Problem = z.infer<typeof Problem>;

/** One field that was refused. */
export const FieldError = z
  .object({
    path: z.string().meta({
      description: 'Where: `body`, `query` or `path`, then the field.',
      example: 'body.text',
    }),
    code: z.string().meta({ description: 'Why, for programs.', example: 'too_big' }),
    message: z.string().meta({ description: 'Why, for a person.' }),
  })
  .meta({ id: 'FieldError' });
export type FieldError = z.infer<typeof FieldError>;

/** Body of a 422: a problem that lists every field that was refused. */
export const ValidationProblem = z
  .object({ ...fields, errors: z.array(FieldError) })
  .meta({ id: 'ValidationProblem', description: 'A request that was not understood (RFC 9457).' });
export type ValidationProblem = z.infer<typeof ValidationProblem>;
