import { setImmediate } from 'node:timers/promises';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { jsonReply, type Reply } from './http/reply.ts';
import { createSharedReads, type ShareRead } from './shared-reads.ts';

/** Two turns of the event loop: the end of a read, and the start of the next. */
async function nextTurn() {
  await setImmediate();
  await setImmediate();
}

let shareRead: ShareRead;

beforeEach(() => {
  shareRead = createSharedReads();
});

function controlledRead() {
  const { promise, resolve, reject } = Promise.withResolvers<{ reply: Reply; isStream: boolean }>();
  return {
    read: vi.fn(() => promise),
    end: (reply: Reply, { isStream = false } = {}) => resolve({ reply, isStream }),
    fail: reject,
  };
}

/** A shared reply has bytes. */
const asText = (replies: Reply[]) => replies.map((reply) => ({ ...reply, body: String(reply.body) }));

const share = (key: string, { read }: ReturnType<typeof controlledRead>) => shareRead(key, read);

describe('createSharedReads', () => {
  test('gives equal reads of one turn the reply of one of them', async () => {
    const reads = Array.from({ length: 50 }, controlledRead);
    const replies = reads.map((read) => share('a', read));
    await nextTurn();
    expect(reads.filter(({ read }) => read.mock.calls.length > 0)).toEqual([reads[0]]);
    const reply = jsonReply('first');
    reads[0]?.end(reply);
    const received = await Promise.all(replies);
    expect(asText(received)).toEqual(reads.map(() => reply));
    expect(new Set(received.map(({ body }) => body)).size).toBe(1);
    expect(reads.flatMap(({ read }) => read.mock.calls)).toHaveLength(1);
  });

  test('gives reads that arrive during another the next one', async () => {
    const reads = Array.from({ length: 3 }, controlledRead);
    const [running, next, sharer] = reads as [(typeof reads)[0], (typeof reads)[0], (typeof reads)[0]];
    const replies = [share('a', running)];
    await nextTurn();
    replies.push(share('a', next));
    await nextTurn();
    replies.push(share('a', sharer));
    await nextTurn();
    expect(next.read).not.toHaveBeenCalled();
    running.end(jsonReply('old'));
    await nextTurn();
    expect(next.read).toHaveBeenCalledOnce();
    expect(sharer.read).not.toHaveBeenCalled();
    next.end(jsonReply('new'));
    expect(asText(await Promise.all(replies))).toEqual(
      ['old', 'new', 'new'].map((value) => jsonReply(value)),
    );
  });

  test('begins a read of another key during one', async () => {
    const first = controlledRead();
    const second = controlledRead();
    const firstReply = share('a', first);
    await nextTurn();
    const secondReply = share('b', second);
    await nextTurn();
    second.end(jsonReply('b'));
    expect(await secondReply).toEqual(jsonReply('b'));
    first.end(jsonReply('a'));
    expect(await firstReply).toEqual(jsonReply('a'));
  });

  test('gives an error to every sharer and to no later read', async () => {
    const failing = controlledRead();
    const error = new Error('refused');
    const results = Promise.allSettled([1, 2, 3].map(() => share('a', failing)));
    await nextTurn();
    const waiting = controlledRead();
    const waitingReply = share('a', waiting);
    failing.fail(error);
    expect(await results).toEqual([1, 2, 3].map(() => ({ status: 'rejected', reason: error })));
    expect(failing.read).toHaveBeenCalledOnce();
    await nextTurn();
    waiting.end(jsonReply('later'));
    expect(await waitingReply).toEqual(jsonReply('later'));
    const later = controlledRead();
    later.end(jsonReply('last'));
    expect(await share('a', later)).toEqual(jsonReply('last'));
  });

  test('keeps no reply for a later read', async () => {
    for (const value of [1, 2]) {
      const read = controlledRead();
      read.end(jsonReply(value));
      expect(await share('a', read)).toEqual(jsonReply(value));
      expect(read.read).toHaveBeenCalledOnce();
    }
  });
});

describe('a streamed reply', () => {
  function stream() {
    const cancel = vi.fn();
    const reply: Reply = { status: 200, headers: {}, body: new ReadableStream({ cancel }) };
    return { reply, cancel };
  }

  test('is not shared: each request reads its own, with its own error', async () => {
    const reads = Array.from({ length: 4 }, controlledRead);
    const streams = reads.map(() => stream().reply);
    const results = Promise.allSettled(reads.map((read) => share('a', read)));
    await nextTurn();
    const error = new Error('refused');
    for (const [index, read] of reads.entries()) {
      if (index === 3) read.fail(error);
      else read.end(streams[index] as Reply, { isStream: true });
    }
    const values = (await results).map((result) =>
      result.status === 'fulfilled' ? result.value : result.reason,
    );
    for (const [index, value] of values.entries()) expect(value).toBe(index === 3 ? error : streams[index]);
    for (const { read } of reads) expect(read).toHaveBeenCalledOnce();
  });

  test('does not delay the next read of its key', async () => {
    const reads = Array.from({ length: 2 }, controlledRead);
    const replies = reads.map((read) => share('a', read));
    await nextTurn();
    reads[0]?.end(stream().reply, { isStream: true });
    const next = controlledRead();
    next.end(jsonReply('next'));
    expect(await share('a', next)).toEqual(jsonReply('next'));
    reads[1]?.end(stream().reply, { isStream: true });
    await Promise.all(replies);
  });
});

test('a read that waits for a slow one runs alone after 300 ms', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const [slow, waiting] = [controlledRead(), controlledRead()];
  const first = share('a', slow);
  await nextTurn();
  const second = share('a', waiting);
  await nextTurn();
  expect(waiting.read).not.toHaveBeenCalled();
  vi.advanceTimersByTime(300);
  vi.useRealTimers();
  waiting.end(jsonReply('second'));
  expect(await second).toEqual(jsonReply('second'));
  slow.end(jsonReply('first'));
  expect(await first).toEqual(jsonReply('first'));
});
