import type { Context } from 'hono';
import type { Locale } from '../locale/locale.ts';
import { HttpProblem } from './problem.ts';

/**
 * Most bytes of a body. Some clients escape each Cyrillic letter as six bytes (`\u0431`), so a legal 64 KiB
 * description of two-byte letters can be 192 KiB on the wire, one of ASCII escaped the same way 384 KiB.
 */
export const MAX_BODY_BYTES = 512 * 1024;

/** Whether a Content-Type is that of JSON. */
const isJson = (type: string | undefined): boolean => type !== undefined && JSON_TYPE.test(type);

const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i;

// Refuses what is not UTF-8 instead of replacing it, which would store another text than was sent.
const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * The body as the JSON value that it holds. A missing Content-Type is taken for JSON, as the original did.
 * @throws HttpProblem unsupported_media_type, payload_too_large, validation_failed when it is not JSON or
 * too deep, or malformed_request when it breaks off
 */
export async function readBody(
  c: Context,
  messages: Pick<Locale, 'malformed_json' | 'too_deep'>,
): Promise<unknown> {
  const type = c.req.header('content-type');
  if (type !== undefined && !isJson(type)) throw new HttpProblem('unsupported_media_type');

  const refuse = (code: 'malformed_json' | 'too_deep') =>
    new HttpProblem('validation_failed', { errors: [{ path: 'body', code, message: messages[code] }] });
  const bytes = await readBytes(c).catch((error: unknown) => {
    // The connection broke within the body, so nobody reads this reply; but it was no failure of ours.
    throw error instanceof HttpProblem ? error : new HttpProblem('malformed_request');
  });
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(bytes));
  } catch {
    throw refuse('malformed_json');
  }
  if (isDeeperThan(MAX_DEPTH, value)) throw refuse('too_deep');
  return value;
}

/** Levels of objects and arrays in each other; of more the original's parser, too, could make nothing. */
const MAX_DEPTH = 1_000;

const isDeeperThan = (levels: number, value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (levels === 0 || Object.values(value).some((inner) => isDeeperThan(levels - 1, inner)));

async function readBytes(c: Context): Promise<ArrayBuffer | Uint8Array> {
  const length = c.req.header('content-length');
  if (length !== undefined) {
    if (Number(length) > MAX_BODY_BYTES)
      throw new HttpProblem('payload_too_large', {}, { Connection: 'close' });
    return c.req.arrayBuffer();
  }
  // A chunked body tells its length only by ending.
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of c.req.raw.body ?? []) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new HttpProblem('payload_too_large', {}, { Connection: 'close' });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
