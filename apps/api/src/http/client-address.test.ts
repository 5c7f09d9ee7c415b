import { Hono } from 'hono';
import { describe, expect, test } from 'vitest';
import { clientAddress } from './client-address.ts';
import type { HonoEnv } from './hono-env.ts';

async function addressOf(socket: string | undefined, hops: number, forwarded?: string): Promise<string> {
  const app = new Hono<HonoEnv>().get('/', (c) => c.text(clientAddress(c, hops)));
  const headers = forwarded === undefined ? {} : { 'X-Forwarded-For': forwarded };
  const incoming = { socket: { remoteAddress: socket } };
  return (await app.request('/', { headers }, { incoming })).text();
}

describe('clientAddress', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::ffff:c000:201', '192.0.2.1'],
    ['::1', '0:0:0:0::/64'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::', '2001:db8:1:2::/64'],
    ['2001:db8::5:6', '2001:db8:0:0::/64'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    [undefined, 'unknown'],
  ])('of socket %s is %s', async (socket, expected) => {
    expect(await addressOf(socket, 0)).toBe(expected);
  });

  test('joins the addresses of one IPv6 /64', async () => {
    const one = await addressOf('2001:db8:1:2::1', 0);
    expect(await addressOf('2001:db8:1:2:ffff:ffff:ffff:ffff', 0)).toBe(one);
    expect(await addressOf('2001:db8:1:3::1', 0)).not.toBe(one);
  });

  test('ignores X-Forwarded-For without a trusted proxy', async () => {
    expect(await addressOf('192.0.2.1', 0, '198.51.100.7')).toBe('192.0.2.1');
  });

  test('returns `unknown` without a socket', async () => {
    const app = new Hono<HonoEnv>().get('/', (c) => c.text(clientAddress(c, 1)));
    expect(await (await app.request('/')).text()).toBe('unknown');
  });

  test.each([
    [1, '198.51.100.7', '198.51.100.7'],
    [1, '203.0.113.1, 198.51.100.7', '198.51.100.7'],
    [2, '203.0.113.1, 198.51.100.7, 10.0.0.2', '198.51.100.7'],
    [1, '2001:db8:1:2::7', '2001:db8:1:2::/64'],
    [1, '198.51.100.7:4711', '198.51.100.7'],
    [1, '[2001:db8:1:2::7]:4711', '2001:db8:1:2::/64'],
    [1, '::ffff:198.51.100.7', '198.51.100.7'],
  ])('behind %i proxies with X-Forwarded-For %s is %s', async (hops, forwarded, expected) => {
    expect(await addressOf('10.0.0.1', hops, forwarded)).toBe(expected);
  });

  test.each([
    [1, undefined],
    [1, ''],
    [1, 'unknown'],
    [1, '198.51.100.7, evil'],
    [1, '198.51.100.7,'],
    [1, '999.1.1.1'],
    [1, '../../..'],
    [2, '198.51.100.7'],
  ])('behind %i proxies with X-Forwarded-For %s is that of the socket', async (hops, forwarded) => {
    expect(await addressOf('10.0.0.1', hops, forwarded)).toBe('10.0.0.1');
  });
});
