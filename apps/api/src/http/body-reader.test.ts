import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { createBodyReader } from './body-reader.ts';

const KIB = 1_024;

async function begin(read: ReturnType<typeof createBodyReader>, ...parts: string[]) {
  const source = new PassThrough({ highWaterMark: 1024 * KIB });
  const whole = read(source);
  whole.catch(() => {});
  const write = async (part: string) => {
    const arrived = once(source, 'data');
    source.write(part);
    await arrived;
  };
  for (const part of parts) await write(part);
  return { source, whole, write };
}

describe('createBodyReader', () => {
  test('returns all chunks, and nothing for an empty body', async () => {
    const read = createBodyReader({ maxBytes: 10, maxUnfinishedBytes: 10 * KIB });
    for (const parts of [[], ['one'], ['one', 'two']]) {
      const { source, whole } = await begin(read, ...parts);
      source.end();
      expect((await whole).toString()).toBe(parts.join(''));
    }
  });

  test('refuses a body above its limit', async () => {
    const read = createBodyReader({ maxBytes: 5, maxUnfinishedBytes: 10 * KIB });
    const { whole } = await begin(read, 'one', 'two');
    await expect(whole).rejects.toMatchObject({
      code: 'payload_too_large',
      headers: { Connection: 'close' },
    });
  });

  test('aborts the largest body beyond the limit of all, the oldest of several', async () => {
    const read = createBodyReader({ maxBytes: 100 * KIB, maxUnfinishedBytes: 64 * KIB });
    const small = await begin(read, 'small');
    const large = await begin(read, 'x'.repeat(30 * KIB));
    const late = await begin(read, 'x'.repeat(30 * KIB));
    await begin(read, 'x'.repeat(10 * KIB));
    await expect(large.whole).rejects.toMatchObject({
      code: 'overloaded',
      headers: { 'Retry-After': '1', Connection: 'close' },
    });
    for (const { source } of [small, late]) source.end();
    expect((await small.whole).toString()).toBe('small');
    expect(await late.whole).toHaveLength(30 * KIB);
  });

  test('frees the memory of ended, refused and broken bodies', async () => {
    const read = createBodyReader({ maxBytes: 50 * KIB, maxUnfinishedBytes: 64 * KIB });
    for (let round = 0; round < 3; round++) {
      const ended = await begin(read, 'x'.repeat(40 * KIB));
      ended.source.end();
      expect(await ended.whole).toHaveLength(40 * KIB);
      const refused = await begin(read, 'x'.repeat(51 * KIB));
      await expect(refused.whole).rejects.toMatchObject({ code: 'payload_too_large' });
      const broken = await begin(read, 'x'.repeat(40 * KIB));
      broken.source.destroy();
      await expect(broken.whole).rejects.toMatchObject({ code: 'malformed_request' });
      const gone = new PassThrough();
      gone.destroy();
      await expect(read(gone)).rejects.toMatchObject({ code: 'malformed_request' });
    }
    const last = await begin(read, 'x'.repeat(50 * KIB));
    last.source.end();
    expect(await last.whole).toHaveLength(50 * KIB);
  });

  test('counts the memory overhead of small chunks', async () => {
    const read = createBodyReader({ maxBytes: 50 * KIB, maxUnfinishedBytes: 10 * KIB });
    const { whole } = await begin(read, ...'twenty single letters'.split(''));
    await expect(whole).rejects.toMatchObject({ code: 'overloaded' });
  });
});
