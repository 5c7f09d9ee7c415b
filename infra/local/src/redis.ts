import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram } from './find-program.ts';
import { findFreePort } from './listen-address.ts';
import type { ProcessIdentity } from './process-table.ts';
import { type RedisServer, startRedisServer } from './redis-server.ts';
import { withoutPassword } from './without-password.ts';

const firstRestartDelayMs = 500;
const longestRestartDelayMs = 10_000;
/** A server that lived this long was healthy: its next end is a new one, not the same once more. */
const healthyMs = 30_000;

/** The Redis that the API works with. */
export interface Redis {
  url: string;
  /** Where it is, for a person; without the password. */
  description: string;
  stop(): Promise<void>;
}

export interface OwnRedisOptions {
  /** The file of redis-server or valkey-server. */
  program: string;
  /** Where it runs; it writes nothing there. */
  folder: string;
  say(line: string): void;
  /** Another process runs from now on (undefined: none). */
  onProcess?(process: ProcessIdentity | undefined): void;
}

/**
 * The Redis of `given` (REDIS_URL), else one of our own where the machine has the program for it, else none: the
 * service works without, so one that does not start is told of and done without.
 */
export async function openRedis(
  given: string | undefined,
  options: Omit<OwnRedisOptions, 'program'>,
): Promise<Redis | undefined> {
  if (given) {
    const description = withoutPassword(given, 'redis://user:password@host:port');
    return { url: given, description, stop: async () => {} };
  }
  const program = findProgram(['redis-server', 'valkey-server']);
  if (program === undefined) return undefined;
  try {
    return await startOwnRedis({ ...options, program });
  } catch (error) {
    options.say(error instanceof Error ? error.message : String(error));
    options.say('Going on without Redis.');
    return undefined;
  }
}

/**
 * Starts a Redis that keeps nothing, and starts it again, on its port, should it ever end by itself.
 *
 * @throws Error with the end of its output when it does not start.
 */
export async function startOwnRedis({ program, folder, say, onProcess }: OwnRedisOptions): Promise<Redis> {
  const port = await findFreePort();
  const password = randomBytes(24).toString('base64url');
  const start = async () => {
    const server = await startRedisServer({ program, folder, port, password });
    onProcess?.(server.identity);
    return server;
  };
  let running: RedisServer | undefined = await start();
  const stopping = new AbortController();

  async function keepRunning() {
    let delay = firstRestartDelayMs;
    let startedAt = Date.now();
    for (;;) {
      await running?.ended;
      onProcess?.(undefined);
      if (stopping.signal.aborted) return;
      if (Date.now() - startedAt > healthyMs) delay = firstRestartDelayMs;
      say(
        `Redis ${running ? 'has ended by itself' : 'is not there'}; starting it again in ${delay / 1000} s`,
      );
      running = undefined;
      await sleep(delay, undefined, { signal: stopping.signal }).catch(() => {});
      if (stopping.signal.aborted) return;
      delay = Math.min(delay * 2, longestRestartDelayMs);
      startedAt = Date.now();
      running = await start().catch((error: Error) => void say(error.message));
      // It was being started when the end was asked for.
      if (stopping.signal.aborted) await running?.stop();
    }
  }

  const kept = keepRunning();
  return {
    url: `redis://:${password}@127.0.0.1:${port}`,
    description: `redis://127.0.0.1:${port}  (of its own; keeps nothing)`,
    stop: async () => {
      stopping.abort();
      await running?.stop();
      await kept;
    },
  };
}
