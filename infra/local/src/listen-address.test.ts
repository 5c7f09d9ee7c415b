import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { findFreePort, findListenObstacle, parseListenAddress } from './listen-address.ts';

test('parseListenAddress returns a local URL for defaults, 0.0.0.0 and IPv6', () => {
  expect(parseListenAddress({})).toEqual({ host: '127.0.0.1', port: 8000, url: 'http://127.0.0.1:8000' });
  expect(parseListenAddress({ HOST: '0.0.0.0', PORT: '80' }).url).toBe('http://127.0.0.1:80');
  expect(parseListenAddress({ HOST: '::', PORT: '' }).url).toBe('http://[::1]:8000');
});

test.each(['0', '65536', '-1', '8000x', '1e3', ' 80'])('parseListenAddress rejects PORT=%s', (port) => {
  expect(() => parseListenAddress({ PORT: port })).toThrow(/^PORT must be a number from 1 to 65535/);
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
