import { isIP } from 'node:net';
import type { Context } from 'hono';
import type { HonoEnv } from './hono-env.ts';

/**
 * Whose requests count together: an IPv4 address, or the /64 of an IPv6 one, which is what one customer gets.
 * @param trustedHops proxies in front of this service, each of which adds to `X-Forwarded-For` whom it saw; the
 * entries before theirs are whatever the client wrote. 0: nobody is in front, and the header says nothing.
 */
export function clientAddress(c: Context<HonoEnv>, trustedHops: number): string {
  // There is no socket in app.request().
  const socket = normalise(c.env?.incoming?.socket.remoteAddress ?? '') ?? 'unknown';
  if (trustedHops === 0) return socket;
  const seen = c.req.header('x-forwarded-for')?.split(',').at(-trustedHops);
  return normalise(withoutPort(seen?.trim() ?? '')) ?? socket;
}

/** Some proxies write `192.0.2.1:4711` and `[2001:db8::1]:4711`. */
const withoutPort = (text: string) =>
  /^\[([^\]]*)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;

/** undefined for what is no address. */
function normalise(text: string): string | undefined {
  const [address = ''] = text.split('%');
  if (isIP(address) === 4) return address;
  if (isIP(address) !== 6) return undefined;
  const groups = groupsOf(address);
  const [a = 0, b = 0, c = 0, d = 0, , marker, high = 0, low = 0] = groups;
  const isMapped = marker === 0xffff && groups.slice(0, 5).every((group) => group === 0);
  if (isMapped) return [high >> 8, high & 255, low >> 8, low & 255].join('.');
  return `${[a, b, c, d].map((group) => group.toString(16)).join(':')}::/64`;
}

/** The eight numbers of an IPv6 address, however it is written. */
function groupsOf(address: string): number[] {
  const [head = [], tail] = address.split('::').map(numbersIn);
  if (tail === undefined) return head;
  return [...head, ...new Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}

const numbersIn = (part: string): number[] =>
  part
    .split(':')
    .filter((group) => group !== '')
    .flatMap((group) => {
      if (!group.includes('.')) return Number.parseInt(group, 16);
      const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
      return [a * 256 + b, c * 256 + d];
    });
