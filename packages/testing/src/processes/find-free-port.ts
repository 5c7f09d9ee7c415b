import { randomInt } from 'node:crypto';
import getPort from 'get-port';

/** Below the range that systems give to outgoing connections: such a port stays free until it is used. */
const FIRST_PORT = 20_000;
const LAST_PORT = 32_000;
const CANDIDATES = 50;

/** A free port of 127.0.0.1, chosen at random because test files run in parallel; each is returned once per process. */
export const findFreePort = (): Promise<number> =>
  getPort({
    host: '127.0.0.1',
    reserve: true,
    port: Array.from({ length: CANDIDATES }, () => randomInt(FIRST_PORT, LAST_PORT)),
  });
