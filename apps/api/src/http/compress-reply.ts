import type { Context } from 'hono';
import { chooseEncoding, compress, compressStream, type Encoding, isCompressible } from './encodings.ts';
import type { HonoEnv } from './hono-env.ts';
import type { Reply } from './reply.ts';

/** A smaller reply fits into one packet as it is. */
const MIN_BYTES = 1_024;

/** While this much waits to be compressed, further replies are sent as they are. */
const MAX_PENDING_BYTES = 16 * 1024 * 1024;

type CompressedBody = Promise<Buffer<ArrayBuffer>>;

/** Requests that share a reply share its compressed body. */
const compressedBodies = new WeakMap<Reply, Map<Encoding, CompressedBody>>();
let pendingBytes = 0;

/**
 * Compresses a text of 1 KiB or more if the client accepts that.
 * HEAD gets the headers of GET, without the length of a compressed text.
 */
export function compressReply(reply: Reply, { req }: Context<HonoEnv>): Reply | Promise<Reply> {
  if (!isNegotiable(reply)) return reply;
  const { status, body } = reply;
  const identity = { status, body, headers: { ...reply.headers, Vary: 'Accept-Encoding' } };
  const acceptEncoding = req.header('accept-encoding');
  const encoding = acceptEncoding === undefined ? undefined : chooseEncoding(acceptEncoding);
  if (encoding === undefined || body === null) return identity;

  const headers: Record<string, string> = { ...identity.headers, 'Content-Encoding': encoding };
  // A strong tag promises equal bytes.
  if (headers.ETag?.startsWith('"')) headers.ETag = `W/${headers.ETag}`;
  if (req.method === 'HEAD') return { status, headers, body: null };
  if (body instanceof ReadableStream) return { status, headers, body: compressStream(body, encoding) };
  const compressed = compressOnce(reply, body, encoding);
  return compressed?.then((bytes) => ({ status, headers, body: bytes })) ?? identity;
}

/** Whether it depends on `Accept-Encoding`. A route that sets `Vary` has chosen the encoding itself. */
function isNegotiable({ status, headers, body }: Reply): boolean {
  if (status === 304) return true;
  if (body === null || headers.Vary !== undefined) return false;
  if (!isCompressible(headers['Content-Type'])) return false;
  if (body instanceof ReadableStream) return true;
  if (body.length >= MIN_BYTES) return true;
  if (typeof body !== 'string') return false;
  // A UTF-16 unit takes at most three bytes.
  return body.length * 3 >= MIN_BYTES && Buffer.byteLength(body) >= MIN_BYTES;
}

function compressOnce(
  reply: Reply,
  body: string | Uint8Array,
  encoding: Encoding,
): CompressedBody | undefined {
  const bodies = compressedBodies.get(reply) ?? new Map<Encoding, CompressedBody>();
  const earlier = bodies.get(encoding);
  if (earlier || pendingBytes >= MAX_PENDING_BYTES) return earlier;
  const bytes = body.length;
  pendingBytes += bytes;
  const compressed = compress(body, encoding).finally(() => {
    pendingBytes -= bytes;
  });
  compressedBodies.set(reply, bodies.set(encoding, compressed));
  return compressed;
}
