import { isIP } from 'node:net';
import type { Context } from 'hono';
import ipaddr from 'ipaddr.js';
import type { HonoEnv } from './hono-env.ts';

/**
 * The IPv4 address, or the /64 of an IPv6 address, which one customer gets.
 * @param trustedHops proxies in front; earlier `X-Forwarded-For` entries are forgeable. 0 ignores the header.
 */
export function clientAddress(c: Context<HonoEnv>, trustedHops: number): string {
  // app.request() has no socket.
  const socket = normalize(c.env?.incoming?.socket.remoteAddress ?? '') ?? 'unknown';
  if (trustedHops === 0) return socket;
  const forwarded = c.req.header('x-forwarded-for')?.split(',').at(-trustedHops);
  return normalize(removePort(forwarded?.trim() ?? '')) ?? socket;
}

/** Some proxies write `192.0.2.1:4711` and `[2001:db8::1]:4711`. */
const removePort = (text: string) =>
  /^\[([^\]]*)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;

function normalize(text: string): string | undefined {
  const [address = ''] = text.split('%');
  // Checked first: ipaddr.js also parses forms such as `1` and `0x7f.1`.
  const version = isIP(address);
  if (version === 4) return address;
  if (version === 0) return undefined;
  const ip = ipaddr.IPv6.parse(address);
  if (ip.isIPv4MappedAddress()) return ip.toIPv4Address().toString();
  const network = ip.parts.slice(0, 4).map((group) => group.toString(16));
  return `${network.join(':')}::/64`;
}
