import { randomInt } from 'node:crypto';
import getPort from 'get-port';

/** Below the range that systems give to outgoing connections: such a port stays free until it is used. */
const FIRST_PORT = 20_000;
const LAST_PORT = 32_000;
const CANDIDATES = 50;

/** At least Vitest's `maxWorkers`. Parallel test processes choose ports with different remainders, so never the same port. */
const MAX_PROCESSES = 8;
const PROCESS_INDEX = Number(process.env.VITEST_POOL_ID ?? 0) % MAX_PROCESSES;

const randomPort = () =>
  randomInt(FIRST_PORT / MAX_PROCESSES, LAST_PORT / MAX_PROCESSES) * MAX_PROCESSES + PROCESS_INDEX;

/** A free port of 127.0.0.1, chosen at random; each is returned once per process. */
export const findFreePort = (): Promise<number> =>
  getPort({
    host: '127.0.0.1',
    reserve: true,
    port: Array.from({ length: CANDIDATES }, randomPort),
  });
