import { randomBytes } from 'node:crypto';
import type { ProcessIdentity } from '../crash-recovery/process-table.ts';
import { findProgram } from '../find-program.ts';
import { keepRunning } from '../keep-running.ts';
import { findFreePort } from '../listen-address.ts';
import { redactPassword } from '../redact-password.ts';
import { runStep } from '../run-step.ts';
import { startRedisServer } from './redis-server.ts';

export interface Redis {
  url: string;
  description: string;
  stop(): Promise<void>;
}

export interface LocalRedisOptions {
  program: string;
  folder: string;
  say(line: string): void;
  onProcess?(process: ProcessIdentity | undefined): void;
}

/** The Redis of `given`, else a local one, else undefined: the service works without Redis. */
export async function openRedis(
  given: string | undefined,
  options: Omit<LocalRedisOptions, 'program'>,
): Promise<Redis | undefined> {
  if (given) {
    const description = redactPassword(given, 'redis://user:password@host:port');
    return { url: given, description, stop: async () => {} };
  }
  const program = findProgram(['redis-server', 'valkey-server']);
  if (program === undefined) return undefined;
  try {
    return await runStep('Starting Redis', options.say, () => startLocalRedis({ ...options, program }));
  } catch (error) {
    options.say(error instanceof Error ? error.message : String(error));
    options.say('Going on without Redis.');
    return undefined;
  }
}

export async function startLocalRedis({
  program,
  folder,
  say,
  onProcess,
}: LocalRedisOptions): Promise<Redis> {
  const port = await findFreePort();
  const password = randomBytes(24).toString('base64url');
  const start = async () => {
    const server = await startRedisServer({ program, folder, port, password });
    onProcess?.(server.identity);
    void server.ended.then(() => onProcess?.(undefined));
    return server;
  };
  const stop = keepRunning(await start(), { name: 'Redis', say, start });
  return {
    url: `redis://:${password}@127.0.0.1:${port}`,
    description: `redis://127.0.0.1:${port}  (of its own; keeps nothing)`,
    stop,
  };
}
