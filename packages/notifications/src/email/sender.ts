import { oneLine } from '../messages/one-line.ts';
import { isOneAddress } from './address.ts';

/** The sender of a message; `name` is empty when there is none. */
export interface Sender {
  name: string;
  address: string;
}

/**
 * Reads `MAIL_FROM`: `address`, `<address>`, `Name <address>` or `"Name" <address>`.
 * @returns undefined when it is none of these, or the address is not one address
 */
export function parseSender(value: string): Sender | undefined {
  // A line break in a name could begin a header of its own; oneLine leaves none.
  if (value !== oneLine(value)) return undefined;
  const named = /^(?<name>[^<>]*)<(?<address>[^<>]+)>$/.exec(value)?.groups;
  const name = (named?.name ?? '').trim();
  const address = (named?.address ?? value).trim();
  return isOneAddress(address) ? { name: unquote(name), address } : undefined;
}

const unquote = (name: string) => (/^".*"$/.test(name) ? name.slice(1, -1).replace(/\\(.)/g, '$1') : name);
