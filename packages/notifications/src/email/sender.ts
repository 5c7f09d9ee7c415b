import { toOneLine } from '../messages/to-one-line.ts';
import { isOneAddress } from './address.ts';

export interface Sender {
  name: string;
  address: string;
}

/** `address`, `<address>`, `Name <address>` or `"Name" <address>`; undefined when it is invalid. */
export function parseSender(value: string): Sender | undefined {
  // A line break in a name could begin another header.
  if (value !== toOneLine(value)) return undefined;
  const named = /^(?<name>[^<>]*)<(?<address>[^<>]+)>$/.exec(value)?.groups;
  const name = (named?.name ?? '').trim();
  const address = (named?.address ?? value).trim();
  return isOneAddress(address) ? { name: unquote(name), address } : undefined;
}

const unquote = (name: string) => (/^".*"$/.test(name) ? name.slice(1, -1).replace(/\\(.)/g, '$1') : name);
