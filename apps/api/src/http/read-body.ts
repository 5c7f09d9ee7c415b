import { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { Context } from 'hono';
import type { Locale } from '../locale/locale.ts';
import { createBodyReader } from './body-reader.ts';
import type { HonoEnv } from './hono-env.ts';
import { HttpProblem } from './problem.ts';

/**
 * Most bytes of a body. Some clients escape each Cyrillic letter as six bytes (`\u0431`), so a legal 64 KiB
 * description of two-byte letters can be 192 KiB on the wire, one of ASCII escaped the same way 384 KiB.
 */
export const MAX_BODY_BYTES = 512 * 1024;

/** Most bytes of all bodies that are still arriving. */
const MAX_UNFINISHED_BYTES = 64 * 1024 * 1024;

/** Whether a Content-Type is that of JSON. */
const isJson = (type: string | undefined): boolean => type !== undefined && JSON_TYPE.test(type);

const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i;

// Refuses what is not UTF-8 instead of replacing it, which would store another text than was sent.
const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * The body as the JSON value that it holds. A missing Content-Type is taken for JSON, as the original did.
 * @throws HttpProblem unsupported_media_type, payload_too_large, validation_failed when it is not JSON or
 * too deep, malformed_request when it breaks off, or overloaded when too many others are arriving
 */
export async function readBody(
  c: Context<HonoEnv>,
  messages: Pick<Locale, 'malformed_json' | 'too_deep'>,
): Promise<unknown> {
  const type = c.req.header('content-type');
  if (type !== undefined && !isJson(type)) throw new HttpProblem('unsupported_media_type');

  const refuse = (code: 'malformed_json' | 'too_deep') =>
    new HttpProblem('validation_failed', { errors: [{ path: 'body', code, message: messages[code] }] });
  const bytes = await readBytes(c);
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

const readWhole = createBodyReader({
  maxBytes: MAX_BODY_BYTES,
  maxUnfinishedBytes: MAX_UNFINISHED_BYTES,
});

function readBytes({ req, env }: Context<HonoEnv>): Promise<Buffer> {
  // A chunked body tells its length only by ending.
  if (Number(req.header('content-length')) > MAX_BODY_BYTES)
    throw new HttpProblem('payload_too_large', {}, { Connection: 'close' });
  if (env?.incoming instanceof IncomingMessage) return readWhole(env.incoming);
  // There is no socket in app.request(), so nothing else ends a body that was refused.
  const body = req.raw.body ? Readable.fromWeb(req.raw.body) : Readable.from([]);
  return readWhole(body).finally(() => body.destroy());
}
