import * as z from 'zod';
import { Incident } from './incident.ts';

const fields = {
  type: z.string().meta({
    description: 'The kind of problem, for programs; it never changes.',
    example: 'urn:incident-service:problem:incident-not-found',
  }),
  title: z.string().meta({ description: 'The kind of problem in words.', example: 'Инцидент не найден' }),
  status: z.int().meta({ description: 'The HTTP status.', example: 404 }),
  detail: z.string().meta({
    description: 'The explanation for people, in the language of the service.',
    example: 'Инцидент не найден',
  }),
  instance: z.string().meta({ description: 'The path of the request.', example: '/incidents/42' }),
  request_id: z.string().meta({
    description: 'The id of the request in the log.',
    example: '0199c2f0-6f0e-7d3a-9a53-3f1f0f6b7c11',
  }),
};

/** Body of every error reply (RFC 9457, `application/problem+json`). */
export const Problem = z.object(fields).meta({ id: 'Problem', description: 'An error (RFC 9457).' });
export type Problem = z.infer<typeof Problem>;

export const FieldError = z
  .object({
    path: z.string().meta({
      description: 'The refused field: `body`, `query` or `path`, then its name.',
      example: 'body.text',
    }),
    code: z.string().meta({ description: 'The reason, for programs.', example: 'too_big' }),
    message: z.string().meta({ description: 'The reason, for people.' }),
  })
  .meta({ id: 'FieldError' });
export type FieldError = z.infer<typeof FieldError>;

/** Body of a 422 reply; it lists every refused field. */
export const ValidationProblem = z
  .object({ ...fields, errors: z.array(FieldError) })
  .meta({ id: 'ValidationProblem', description: 'A request with refused fields (RFC 9457).' });
export type ValidationProblem = z.infer<typeof ValidationProblem>;

/** Body of a 412 reply. */
export const VersionMismatchProblem = z
  .object({ ...fields, incident: Incident })
  .meta({ id: 'VersionMismatchProblem', description: 'An incident that has changed meanwhile (RFC 9457).' });
export type VersionMismatchProblem = z.infer<typeof VersionMismatchProblem>;

/** Body of the 409 reply to a change that would make two open incidents with one key. */
export const DedupKeyTakenProblem = z
  .object({
    ...fields,
    incident_id: z.int().meta({ description: 'The open incident with this source and key.', example: 2 }),
  })
  .meta({ id: 'DedupKeyTakenProblem', description: 'A key that an open incident has (RFC 9457).' });
export type DedupKeyTakenProblem = z.infer<typeof DedupKeyTakenProblem>;
