import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { lastLines } from './last-lines.ts';
import { findFreePort } from './listen-address.ts';
import { type PostgresPlace, spawnOptions, writeOwned } from './postgres-account.ts';
import { isServing, stopPostmaster } from './postmaster.ts';
import { type ProcessIdentity, readProcess } from './process-table.ts';

const usualPort = 54_329;
const portFile = 'port';
const startTimeoutMs = 60_000;
const startAttempts = 6;
/** Bytes; a longer log begins anew at the next start. */
const longestLog = 5_000_000;

export interface ServerOptions {
  /** The port to prefer; the one of the last run, else 54329, when not given. 0 takes any free one. */
  port?: number;
  /** PostgreSQL settings, e.g. `{ fsync: 'off' }`. */
  settings?: Record<string, string>;
  /** More environment variables of the server. */
  env?: Record<string, string>;
  /** Ends the attempt to start. */
  signal?: AbortSignal;
}

interface Server {
  server: ChildProcess;
  identity: ProcessIdentity;
  port: number;
}

/** The file that PostgreSQL logs to, below the data folder. */
export function logFile(folder: string): string {
  return join(folder, 'postgres.log');
}

/**
 * Starts the server and waits until it accepts connections.
 *
 * @throws Error with the end of its log when it does not.
 */
export async function startServer(
  place: PostgresPlace,
  cluster: string,
  { port: wanted, settings = {}, env = {}, signal }: ServerOptions,
): Promise<Server> {
  const file = logFile(place.folder);
  const tooLong = existsSync(file) && statSync(file).size > longestLog;
  if (tooLong || !existsSync(file)) writeOwned(place, basename(file), '');
  const remembered = join(place.folder, portFile);
  const lastPort = existsSync(remembered) ? Number(readFileSync(remembered, 'utf8')) : 0;
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    const port = wanted === 0 ? await findFreePort() : await findFreePort(wanted ?? lastPort, usualPort);
    const seen = statSync(file).size;
    const server = spawnServer(place, cluster, port, { settings, env }, file);
    const identity = await serves(server, cluster, signal);
    if (identity) {
      if (port !== lastPort) writeOwned(place, portFile, String(port));
      return { server, port, identity };
    }
    signal?.throwIfAborted();
    const output = readFileSync(file, 'utf8').slice(seen);
    // A server that was killed leaves backends for a moment; a port may be taken after we looked.
    const passing = /shared memory block|could not bind|Address already in use|could not create any TCP/.test(
      output,
    );
    if (!passing || attempt === startAttempts) {
      throw new Error(`PostgreSQL did not start; the end of ${file}:\n${lastLines(output)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 300 * attempt));
  }
}

function spawnServer(
  { account, binaries }: PostgresPlace,
  cluster: string,
  port: number,
  { settings, env }: Required<Pick<ServerOptions, 'settings' | 'env'>>,
  log: string,
): ChildProcess {
  const all = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    // A socket's path may have about 100 bytes, a checkout's path any number.
    unix_socket_directories: '',
    ...settings,
  };
  const options = spawnOptions(account);
  const out = openSync(log, 'a');
  try {
    return spawn(
      binaries.postgres,
      ['-D', cluster, ...Object.entries(all).flatMap(([key, value]) => ['-c', `${key}=${value}`])],
      {
        ...options,
        env: { ...options.env, ...env },
        detached: true,
        stdio: ['ignore', out, out],
      },
    );
  } finally {
    closeSync(out);
  }
}

/** Waits until the server accepts connections; undefined when it has ended, or was stopped, before. */
async function serves(
  server: ChildProcess,
  cluster: string,
  signal?: AbortSignal,
): Promise<ProcessIdentity | undefined> {
  const identity = server.pid === undefined ? undefined : readProcess(server.pid);
  // Without it the process fails to start at all (an 'error' event), or has ended already.
  server.on('error', () => {});
  if (!identity) return undefined;
  const deadline = Date.now() + startTimeoutMs;
  while (server.exitCode === null && server.signalCode === null) {
    if (isServing(cluster, identity.pid)) return identity;
    if (signal?.aborted || Date.now() > deadline) {
      await stopPostmaster(identity);
      return undefined;
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return undefined;
}
