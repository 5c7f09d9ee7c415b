import type { Context } from 'hono';
import { chooseEncoding, compress, type Encoding, isCompressible } from './encodings.ts';
import type { HonoEnv } from './hono-env.ts';
import type { Reply } from './reply.ts';
import { sharedBody } from './shared-body.ts';

export type StaticReply = (c: Context<HonoEnv>) => Promise<Reply>;

/** Replies with a content that never changes, so each encoding of it is made once. */
export function createStaticReplies(content: Buffer, headers: Record<string, string>): StaticReply {
  const compressed = new Map<Encoding, Promise<Buffer>>();

  const compressOnce = (encoding: Encoding) => {
    const bytes = compressed.get(encoding) ?? compress(content, encoding);
    compressed.set(encoding, bytes);
    return bytes;
  };
  const makeReply = (bytes: Buffer, more: Record<string, string> = {}): Reply => ({
    status: 200,
    headers: { ...headers, 'Content-Length': String(bytes.length), ...more },
    body: sharedBody(bytes),
  });

  return async (c) => {
    if (!isCompressible(headers['Content-Type'])) return makeReply(content);
    const encoding = chooseEncoding(c.req.header('accept-encoding') ?? '');
    if (encoding === undefined) return makeReply(content, { Vary: 'Accept-Encoding' });
    return makeReply(await compressOnce(encoding), { Vary: 'Accept-Encoding', 'Content-Encoding': encoding });
  };
}
