import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { findFreePort } from './listen-address.ts';
import { type PostgresPlace, preparePostgresPlace } from './postgres-account.ts';
import { findPostgresBinaries } from './postgres-binaries.ts';
import { startGuard } from './postgres-guard.ts';
import { clearLeftovers, clusterFolder, isServing, stopPostmaster } from './postmaster.ts';
import { type ProcessIdentity, readProcess } from './process-table.ts';

const user = 'incidents';
const database = 'incidents';
const usualPort = 54_329;
const startTimeoutMs = 60_000;
const startAttempts = 6;

export interface EmbeddedPostgresOptions {
  /** A folder of its own for the cluster, its log, port and password. As root it may become a symbolic link. */
  dataDir: string;
  /** The port to prefer; the one of the last run, else 54329, when not given. 0 takes any free one. */
  port?: number;
  /** PostgreSQL settings, e.g. `{ fsync: 'off' }`. */
  settings?: Record<string, string>;
  /** Removes the folder at the end, also when this process is killed. */
  temporary?: boolean;
  /** Receives a line for every step that may take a moment. */
  log?: (line: string) => void;
  /** Ends the attempt to start. */
  signal?: AbortSignal;
}

export interface EmbeddedPostgres {
  /** Connection string of the database, with its password. */
  url: string;
  port: number;
  /** The folder that really holds the data. */
  folder: string;
  /** Resolves when the server ends, asked to or not. */
  ended: Promise<void>;
  /** Ends the server within 5 s; every connection is closed. */
  stop(): Promise<void>;
}

/**
 * Starts a PostgreSQL server of our own on 127.0.0.1, creating its cluster at the first start.
 *
 * It runs in a session of its own, so that a Ctrl+C does not reach it before its clients have ended;
 * a guard process stops it when this process is killed. A server that was left on the same folder is
 * stopped first.
 *
 * @throws Error with the end of PostgreSQL's log when it does not start.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const log = options.log ?? (() => {});
  const place = await preparePostgresPlace(options.dataDir, await findPostgresBinaries(), log);
  const cluster = clusterFolder(place.folder);
  const password = readPassword(place);
  if (!existsSync(cluster)) {
    log('creating the database cluster');
    await createCluster(place, cluster, options.signal);
  }
  if (await clearLeftovers(place.folder)) log('stopped a PostgreSQL that an earlier run had left behind');

  // Before the server, or a kill between the two would leave it without a guard.
  const guard = startGuard(place, cluster, postgresEnv(), options.temporary ? place.folder : '');
  const { server, port, identity } = await startServer(place, cluster, options).catch((error: unknown) => {
    guard.dismiss();
    throw error;
  });
  const url = (name: string) => `postgresql://${user}:${password}@127.0.0.1:${port}/${name}`;
  const stop = async () => {
    await stopPostmaster(identity);
    guard.dismiss();
    if (options.temporary) {
      rmSync(place.folder, { recursive: true, force: true });
      rmSync(options.dataDir, { recursive: true, force: true });
    }
  };
  try {
    await ensureDatabase(url('postgres'));
    writeFileSync(join(place.folder, 'port'), String(port));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url: url(database),
    port,
    folder: place.folder,
    ended: new Promise((resolve) => {
      server.once('exit', () => resolve());
    }),
    stop,
  };
}

/** The file that PostgreSQL logs to, below the data folder. */
export function logFile(folder: string): string {
  return join(folder, 'postgres.log');
}

function readPassword({ folder }: PostgresPlace): string {
  const file = join(folder, 'password');
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    // A cluster without its password is of no use to anybody, so one belongs to the other.
    const password = randomBytes(24).toString('base64url');
    writeFileSync(file, `${password}\n`, { mode: 0o600 });
    return password;
  }
}

/** Builds the cluster beside its place and moves it there complete, so that a `kill` leaves no half of one. */
async function createCluster(
  { account, binaries, folder }: PostgresPlace,
  cluster: string,
  signal?: AbortSignal,
) {
  for (const name of readdirSync(folder)) {
    if (name.startsWith('cluster.new'))
      rmSync(join(folder, name), { recursive: true, force: true, maxRetries: 5 });
  }
  const passwordFile = join(folder, 'password');
  if (account) chownSync(passwordFile, account.uid, account.gid);
  const draft = `${cluster}.new-${process.pid}`;
  const args = [
    `--pgdata=${draft}`,
    `--username=${user}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
  ];
  let output = '';
  // Extensions such as pg_trgm ask the operating system what a letter is, and in C nothing Russian is one.
  for (const letters of ['C.UTF-8', 'en_US.UTF-8', 'C']) {
    const initdb = spawn(binaries.initdb, [...args, `--lc-ctype=${letters}`], {
      ...account,
      cwd: '/',
      env: postgresEnv(),
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(signal && { signal }),
    });
    output = '';
    for (const stream of [initdb.stdout, initdb.stderr]) {
      stream.on('data', (chunk) => {
        output += chunk;
      });
    }
    const code = await new Promise((resolve, reject) => {
      initdb.once('error', reject).once('close', resolve);
    });
    if (code === 0) return renameSync(draft, cluster);
    rmSync(draft, { recursive: true, force: true });
  }
  throw new Error(`PostgreSQL's initdb failed:\n${lastLines(output)}`);
}

async function startServer(place: PostgresPlace, cluster: string, options: EmbeddedPostgresOptions) {
  const file = logFile(place.folder);
  for (let attempt = 1; ; attempt++) {
    options.signal?.throwIfAborted();
    const lastPort = existsSync(join(place.folder, 'port'))
      ? Number(readFileSync(join(place.folder, 'port'), 'utf8'))
      : 0;
    const port =
      options.port === 0 ? await findFreePort() : await findFreePort(options.port ?? lastPort, usualPort);
    writeFileSync(file, '');
    const server = spawnServer(place, cluster, port, options.settings ?? {}, file);
    const identity = await serves(server, cluster, options.signal);
    if (identity) return { server, port, identity };
    options.signal?.throwIfAborted();
    const output = readFileSync(file, 'utf8');
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
  settings: Record<string, string>,
  log: string,
): ChildProcess {
  const all = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    // A socket's path may have about 100 bytes, a checkout's path any number.
    unix_socket_directories: '',
    ...settings,
  };
  const out = openSync(log, 'a');
  try {
    return spawn(
      binaries.postgres,
      ['-D', cluster, ...Object.entries(all).flatMap(([key, value]) => ['-c', `${key}=${value}`])],
      {
        ...account,
        cwd: '/',
        env: postgresEnv(),
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

async function ensureDatabase(url: string) {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on('error', () => {});
  await client.connect();
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [database]);
    if (rowCount === 0) await client.query(`create database ${database}`);
  } finally {
    await client.end();
  }
}

/** Nobody's PGPORT, PGDATA or locale may decide how this server works. */
function postgresEnv(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(PG|LC_|LANG)/.test(name));
  return { ...Object.fromEntries(kept), LC_ALL: 'C' };
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-12).join('\n');
}
