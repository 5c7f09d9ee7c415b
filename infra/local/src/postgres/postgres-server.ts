import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { guardProcess } from '../crash-recovery/process-guard.ts';
import { type ProcessIdentity, readProcess } from '../crash-recovery/process-table.ts';
import { lastLines } from '../last-lines.ts';
import { findFreePort } from '../listen-address.ts';
import { type PostgresRuntime, spawnOptions, writeOwned } from './postgres-runtime.ts';
import { acceptsConnections, stopPostmaster } from './postmaster.ts';

const DEFAULT_PORT = 54_329;
export const PORT_FILE = 'port';
const START_TIMEOUT_MS = 60_000;
const MAX_START_ATTEMPTS = 6;
/** A longer log is emptied at the next start. */
const MAX_LOG_BYTES = 5_000_000;
/** Backends of a killed server still run, or another program took the port. */
const TRANSIENT_FAILURE =
  /shared memory block|could not bind|Address already in use|could not create any TCP/;

export interface ServerOptions {
  /** The preferred port: by default that of the last run, else 54329. 0 takes any free one. */
  port?: number;
  settings?: Record<string, string>;
  env?: Record<string, string>;
  signal?: AbortSignal;
}

export interface PostgresServer {
  identity: ProcessIdentity;
  port: number;
  ended: Promise<void>;
}

export function logFile(folder: string): string {
  return join(folder, 'postgres.log');
}

/** Resolves when the server accepts connections; deletes the folders `remove` if this process is killed. */
export async function startServer(
  runtime: PostgresRuntime,
  cluster: string,
  { port: wanted, settings = {}, env = {}, signal }: ServerOptions,
  remove: string[],
): Promise<PostgresServer> {
  const log = logFile(runtime.folder);
  const isTooLong = existsSync(log) && statSync(log).size > MAX_LOG_BYTES;
  if (isTooLong || !existsSync(log)) writeOwned(runtime, basename(log), '');
  const portFile = join(runtime.folder, PORT_FILE);
  const lastPort = existsSync(portFile) ? Number(readFileSync(portFile, 'utf8')) : 0;
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    const port = wanted === 0 ? await findFreePort() : await findFreePort(wanted ?? lastPort, DEFAULT_PORT);
    const logSize = statSync(log).size;
    const server = spawnServer(runtime, cluster, port, { settings, env }, log);
    const ended = guardServer(server, remove);
    const identity = await waitUntilReady(server, cluster, signal);
    if (identity) {
      if (port !== lastPort) writeOwned(runtime, PORT_FILE, String(port));
      return { identity, port, ended };
    }
    signal?.throwIfAborted();
    const output = readFileSync(log, 'utf8').slice(logSize);
    if (!TRANSIENT_FAILURE.test(output) || attempt === MAX_START_ATTEMPTS) {
      throw new Error(`PostgreSQL did not start; the end of ${log}:\n${lastLines(output)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 300 * attempt));
  }
}

function spawnServer(
  { account, binaries }: PostgresRuntime,
  cluster: string,
  port: number,
  { settings, env }: Required<Pick<ServerOptions, 'settings' | 'env'>>,
  log: string,
): ChildProcess {
  const all = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    // A socket's path is limited to about 100 bytes.
    unix_socket_directories: '',
    ...settings,
  };
  const args = ['-D', cluster, ...Object.entries(all).flatMap(([key, value]) => ['-c', `${key}=${value}`])];
  const options = spawnOptions(account);
  const out = openSync(log, 'a');
  try {
    return spawn(binaries.postgres, args, {
      ...options,
      env: { ...options.env, ...env },
      // Ctrl+C must not end it before its clients.
      detached: true,
      stdio: ['ignore', out, out],
    });
  } finally {
    closeSync(out);
  }
}

function guardServer(server: ChildProcess, remove: string[]): Promise<void> {
  // PostgreSQL's modes "smart" (waits for clients, which end with this process), "fast" and "immediate".
  const guard = server.pid && guardProcess(server.pid, ['TERM:4', 'INT:3', 'QUIT:1'], remove);
  return new Promise((resolve) => {
    const end = () => {
      if (guard) guard.dismiss();
      resolve();
    };
    server.once('exit', end).once('error', end);
  });
}

async function waitUntilReady(
  server: ChildProcess,
  cluster: string,
  signal?: AbortSignal,
): Promise<ProcessIdentity | undefined> {
  const identity = server.pid === undefined ? undefined : readProcess(server.pid);
  if (!identity) return undefined;
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (server.exitCode === null && server.signalCode === null) {
    if (acceptsConnections(cluster, identity.pid)) return identity;
    if (signal?.aborted || Date.now() > deadline) {
      await stopPostmaster(identity);
      return undefined;
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return undefined;
}
