import type { Context } from 'hono';
import { chooseEncoding, compress, type Encoding, isCompressible } from '../../http/encodings.ts';
import type { HonoEnv } from '../../http/hono-env.ts';
import type { Reply } from '../../http/reply.ts';
import { sharedBody } from './shared-body.ts';

/** Replies with a content that never changes, so each encoding of it is made once. */
export function createStaticReplies(
  content: Buffer,
  headers: Record<string, string>,
): (c: Context<HonoEnv>) => Promise<Reply> {
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
