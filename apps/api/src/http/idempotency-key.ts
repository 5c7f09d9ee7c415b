import type { Context } from 'hono';
import * as z from 'zod';
import type { Dependencies } from './dependencies.ts';
import type { HonoEnv } from './hono-env.ts';
import { HttpProblem } from './problem.ts';

const Key = z.string().regex(/^[\x20-\x7e]{1,255}$/);

export const idempotencyRequestHeader = {
  'Idempotency-Key':
    '1 to 255 characters of ASCII, chosen by the client. A repeated request with the same key and body gets the first answer again, for at least 24 hours. With another body: 422.',
};

export const idempotencyReplyHeader = {
  'Idempotency-Replayed': '`true` for the first answer to this `Idempotency-Key`, sent again.',
};

/** @throws HttpProblem validation_failed */
export function readIdempotencyKey(
  c: Context<HonoEnv>,
  { locale }: Pick<Dependencies, 'locale'>,
): string | undefined {
  const key = c.req.header('idempotency-key');
  if (key === undefined) return undefined;
  const result = Key.safeParse(key, { error: locale.validation });
  if (result.success) return key;
  const errors = result.error.issues.map(({ code, message }) => ({
    path: 'header.Idempotency-Key',
    code,
    message,
  }));
  throw new HttpProblem('validation_failed', { errors });
}
