import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { findFreePort, parseListenAddress, whyNotListen } from './listen-address.ts';

test('defaults, an address for everybody, and IPv6 have a URL that works here', () => {
  expect(parseListenAddress({})).toEqual({ host: '127.0.0.1', port: 8000, url: 'http://127.0.0.1:8000' });
  expect(parseListenAddress({ HOST: '0.0.0.0', PORT: '80' }).url).toBe('http://127.0.0.1:80');
  expect(parseListenAddress({ HOST: '::', PORT: '' }).url).toBe('http://[::1]:8000');
});

test.each(['0', '65536', '-1', '8000x', '1e3', ' 80'])('PORT=%s is refused', (port) => {
  expect(() => parseListenAddress({ PORT: port })).toThrow(/^PORT must be a number from 1 to 65535/);
});

test('a taken port and a foreign address are told apart', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  const at = (host: string, number: number) => whyNotListen({ host, port: number, url: '' });
  expect(await at('127.0.0.1', port)).toMatch(/is taken/);
  expect(await at('192.0.2.1', port)).toMatch(/cannot listen on HOST=192.0.2.1/);
  const free = await findFreePort(port);
  expect(free).not.toBe(port);
  expect(await at('127.0.0.1', free)).toBeUndefined();
});
