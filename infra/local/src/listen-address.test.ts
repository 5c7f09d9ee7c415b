import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { findFreePort, findListenObstacle, toListenAddress } from './listen-address.ts';

test.each([
  ['127.0.0.1', 'http://127.0.0.1:80'],
  ['0.0.0.0', 'http://127.0.0.1:80'],
  ['::', 'http://[::1]:80'],
])('toListenAddress: the URL of %s is %s', (host, url) => {
  expect(toListenAddress({ host, port: 80 })).toEqual({ host, port: 80, url });
});

test('findListenObstacle distinguishes a port in use from an address of another machine', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  const at = (host: string, number: number) => findListenObstacle({ host, port: number, url: '' });
  expect(await at('127.0.0.1', port)).toMatch(/is taken/);
  expect(await at('192.0.2.1', port)).toMatch(/cannot listen on HOST=192.0.2.1/);
  const free = await findFreePort(port);
  expect(free).not.toBe(port);
  expect(await at('127.0.0.1', free)).toBeUndefined();
});
