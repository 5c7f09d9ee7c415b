import { parseArgs } from 'node:util';
import { type Loads, selectLoads } from './select-loads.ts';
import { furtherVariants, service } from './variants.ts';

/** A running server that speaks the contract and is no part of the bench. */
export interface Opponent {
  name: string;
  /** Its origin. */
  url: string;
}

/** The command line, read. */
export interface Options extends Loads {
  full: boolean;
  rounds: number;
  /** Of each run. */
  seconds: number;
  opponents: Opponent[];
  /** The opponents' key. */
  key: string | undefined;
  /** Where the JSON goes. */
  json: string | undefined;
}

/**
 * Reads the command line.
 * @throws Error naming the option that is wrong
 */
export function readOptions(args: string[]): Options {
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
    rounds: readWholeNumber('rounds', values.rounds ?? (values.full ? '5' : '3')),
    seconds: readWholeNumber('seconds', values.seconds ?? (values.full ? '4' : '2')),
    opponents: readOpponents(values.against),
    key: values.key,
    json: values.json,
  };
}

/**
 * Reads the values of `--against`: `NAME=URL` each.
 * @throws Error naming the first that is wrong
 */
export function readOpponents(values: string[]): Opponent[] {
  const opponents = values.map((value) => {
    // The first `=` ends the name; an address may have others.
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
  const names = [service, ...furtherVariants, ...opponents].map(({ name }) => name);
  const double = names.find((name, index) => names.indexOf(name) !== index);
  if (double !== undefined) throw new Error(`--against: two servers have the name ${double}`);
  return opponents;
}

function readWholeNumber(option: string, value: string): number {
  if (!/^[1-9]\d{0,4}$/.test(value)) throw new Error(`--${option}: ${value} is no whole number above 0`);
  return Number(value);
}
