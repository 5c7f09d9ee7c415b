import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openConnection } from '@incidents/testing/http/raw-http';
import { useTestLogger } from '@incidents/testing/test-logger';
import { afterEach, describe, expect, test } from 'vitest';
import { limitOpenReplies } from './open-replies.ts';

const { logger, lines } = useTestLogger();
const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function start() {
  const server = createServer();
  const openReplies = limitOpenReplies(server, { logger });
  const replies: ServerResponse[] = [];
  const refused: ServerResponse[] = [];
  server.on('request', (_, reply) => void (openReplies.add(reply) ? replies : refused).push(reply));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => server.close().closeAllConnections());
  const { port } = server.address() as AddressInfo;
  return { server, openReplies, replies, refused, connect: () => openConnection(port) };
}

const GET = 'GET / HTTP/1.1\r\nHost: test\r\n\r\n';

describe('limitOpenReplies', () => {
  test('resets a connection with more than 32 open replies', async () => {
    const { replies, refused, connect } = await start();
    const modest = await connect();
    modest.write(GET.repeat(32));
    await expect.poll(() => replies.length).toBe(32);
    const greedy = await connect();
    greedy.write(GET.repeat(33));
    expect(await greedy.closed()).toEqual([]);
    expect(replies.length).toBe(64);
    expect(refused.length).toBe(1);
    for (const reply of replies) reply.end('here');
    expect(await modest.replies(32)).toHaveLength(32);
  });

  test('counts open replies alone', async () => {
    const { openReplies, replies, connect } = await start();
    const connection = await connect();
    for (let count = 1; count <= 40; count++) {
      connection.write(GET);
      await expect.poll(() => replies.length).toBe(count);
      replies.at(-1)?.end('here');
      await connection.replies(count);
    }
    const socket = replies[0]?.req.socket;
    expect(socket && openReplies.ofConnection(socket)).toEqual([]);
  });

  test('resets only the connection with the most unsent bytes', async () => {
    const { replies, connect } = await start();
    const [modest, greedy] = [await connect(), await connect()];
    greedy.write(GET);
    await expect.poll(() => replies.length).toBe(1);
    modest.write(GET);
    await expect.poll(() => replies.length).toBe(2);
    greedy.pause();
    const bytes = Buffer.alloc(1024 * 1024);
    for (let count = 0; count < 80; count++) replies[0]?.write(bytes);
    await expect.poll(() => replies[0]?.destroyed).toBe(true);
    expect(lines).toContainEqual(
      expect.objectContaining({ msg: 'clients that do not read were cut off', connections: 1 }),
    );
    replies[1]?.end('here');
    expect(await modest.replies(1)).toMatchObject([{ body: 'here' }]);
  });

  test('logs connections that time out with unread replies in one line', async () => {
    const { server, replies, connect } = await start();
    for (let count = 1; count <= 3; count++) {
      const client = await connect();
      client.write(GET);
      await expect.poll(() => replies.length).toBe(count);
      if (count === 3) continue;
      client.pause();
      // More than the buffers of both systems.
      replies.at(-1)?.write(Buffer.alloc(16 * 1024 * 1024));
    }
    // In place of ten seconds.
    for (const { req } of replies) server.emit('timeout', req.socket);
    expect(replies.map(({ req }) => req.socket.destroyed)).toEqual([true, true, false]);
    const msg = 'clients that read nothing for 10 s were cut off';
    const logged = () => lines.filter((line) => line.msg === msg);
    await expect.poll(logged, { timeout: 5_000 }).toEqual([expect.objectContaining({ connections: 2 })]);
  });
});
