import { once } from 'node:events';
import { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { parseJson } from '@incidents/db/parse-json';
import type { Context } from 'hono';
import type { Locale } from '../locale/locale.ts';
import { createBodyReader } from './body-reader.ts';
import type { HonoEnv } from './hono-env.ts';
import { HttpProblem } from './problem.ts';

/** With each letter escaped as `\u0431`, 64 KiB take 192 KiB in Cyrillic and 384 KiB in ASCII. */
const MAX_BODY_BYTES = 512 * 1024;

/** Of all bodies that have not ended. */
const MAX_UNFINISHED_BYTES = 64 * 1024 * 1024;

const isJson = (type: string | undefined): boolean => !type || JSON_TYPE.test(type);

const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i;

// `fatal`: replacing invalid UTF-8 would store another text than the client sent.
const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * A missing or empty Content-Type counts as JSON, as in the legacy service.
 * @throws HttpProblem unsupported_media_type, validation_failed, and the problems of `createBodyReader`
 */
export async function readBody(
  c: Context<HonoEnv>,
  messages: Pick<Locale, 'malformed_json' | 'too_deep'>,
): Promise<unknown> {
  const type = c.req.header('content-type');
  if (!isJson(type)) throw new HttpProblem('unsupported_media_type');

  const refuse = (code: 'malformed_json' | 'too_deep') =>
    new HttpProblem('validation_failed', { errors: [{ path: 'body', code, message: messages[code] }] });
  const bytes = await readBytes(c);
  let value: unknown;
  try {
    value = parseJson(utf8.decode(bytes));
  } catch {
    throw refuse('malformed_json');
  }
  if (isDeeperThan(MAX_DEPTH, value)) throw refuse('too_deep');
  return value;
}

/** Levels of nested objects and arrays; the legacy service's parser failed on more, too. */
const MAX_DEPTH = 1_000;

const isDeeperThan = (levels: number, value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (levels === 0 || Object.values(value).some((inner) => isDeeperThan(levels - 1, inner)));

const readWhole = createBodyReader({
  maxBytes: MAX_BODY_BYTES,
  maxUnfinishedBytes: MAX_UNFINISHED_BYTES,
});

async function readBytes({ req, env }: Context<HonoEnv>): Promise<Buffer> {
  // A chunked body has no Content-Length; `readWhole` limits it.
  if (Number(req.header('content-length')) > MAX_BODY_BYTES) {
    if (env?.incoming instanceof IncomingMessage) await dropRest(env.incoming);
    throw new HttpProblem('payload_too_large', {}, { Connection: 'close' });
  }
  if (env?.incoming instanceof IncomingMessage) return readWhole(env.incoming);
  // app.request() has no socket whose end would end a refused body.
  const body = req.raw.body ? Readable.fromWeb(req.raw.body) : Readable.from([]);
  return readWhole(body).finally(() => body.destroy());
}

/** Milliseconds for a client to send the rest of a refused body. The end of the connection would break its sending. */
const MAX_DROP_MS = 200;

async function dropRest(body: Readable): Promise<void> {
  body.resume();
  await once(body, 'end', { signal: AbortSignal.timeout(MAX_DROP_MS) }).catch(() => {});
}
