import { parseArgs } from 'node:util';
import { type Loads, selectLoads } from './select-loads.ts';
import { extraVariants, service } from './variants.ts';

export interface Peer {
  name: string;
  url: string;
}

export interface Options extends Loads {
  full: boolean;
  rounds: number;
  seconds: number;
  peers: Peer[];
  key: string | undefined;
  json: string | undefined;
}

export function parseOptions(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      full: { type: 'boolean', default: false },
      against: { type: 'string', multiple: true, default: [] },
      key: { type: 'string' },
      only: { type: 'string' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      json: { type: 'string' },
    },
  });
  return {
    full: values.full,
    ...selectLoads(values.only, values.full),
    rounds: parseWholeNumber('rounds', values.rounds ?? (values.full ? '5' : '3')),
    seconds: parseWholeNumber('seconds', values.seconds ?? (values.full ? '4' : '2')),
    peers: parsePeers(values.against),
    key: values.key,
    json: values.json,
  };
}

export function parsePeers(values: string[]): Peer[] {
  const peers = values.map((value) => {
    // The URL may contain further `=`.
    const [, name, address] = /^([^=|]+)=(.+)$/.exec(value) ?? [];
    if (name === undefined || address === undefined) throw new Error(`--against: ${value} is not NAME=URL`);
    const url = URL.canParse(address) ? new URL(address) : undefined;
    if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
      throw new Error(`--against: ${address} is no http:// or https:// address`);
    }
    if (url.href !== `${url.origin}/`) {
      throw new Error(
        `--against: ${address} must be the server's address alone, such as http://127.0.0.1:8001`,
      );
    }
    return { name, url: url.origin };
  });
  const names = [service, ...extraVariants, ...peers].map(({ name }) => name);
  const double = names.find((name, index) => names.indexOf(name) !== index);
  if (double !== undefined) throw new Error(`--against: two servers have the name ${double}`);
  return peers;
}

function parseWholeNumber(option: string, value: string): number {
  if (!/^[1-9]\d{0,4}$/.test(value)) throw new Error(`--${option}: ${value} is no whole number above 0`);
  return Number(value);
}
