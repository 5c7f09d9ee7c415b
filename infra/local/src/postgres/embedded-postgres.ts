import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import type { RunningServer } from '../keep-running.ts';
import { findPostgresBinaries } from './postgres-binaries.ts';
import { createCluster, PASSWORD_FILE, readPassword, SUPERUSER } from './postgres-cluster.ts';
import { PORT_FILE, type ServerOptions, startServer } from './postgres-server.ts';
import { clusterFolder, shutDownPostmaster, stopOrphanedPostmaster, stopPostmaster } from './postmaster.ts';
import { preparePostgresRuntime } from './prepare-postgres-runtime.ts';

const DATABASE = 'incidents';

export interface EmbeddedPostgresOptions extends ServerOptions {
  /** The folder of the cluster, its log, port and password. For root it may become a symbolic link. */
  dataDir: string;
  /** Deletes the folder at the end, also when this process is killed. */
  temporary?: boolean;
  log?: (line: string) => void;
}

export interface EmbeddedPostgres extends RunningServer {
  url: string;
  port: number;
  /** The real path of `dataDir`. */
  folder: string;
  readonly pid: number;
  /** Resolves when the server has ended for any reason but `restart`. */
  ended: Promise<void>;
  /** Restarts the server on the same port, also one that has ended by itself. */
  restart(mode: 'fast' | 'immediate'): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts a PostgreSQL server on 127.0.0.1 and creates its cluster if there is none. An orphaned server on
 * the same folder is stopped first.
 * @throws Error with the end of PostgreSQL's log
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const log = options.log ?? (() => {});
  const runtime = await preparePostgresRuntime(options.dataDir, await findPostgresBinaries(), log);
  const cluster = clusterFolder(runtime.folder);
  const password = readPassword(runtime);
  if (!existsSync(cluster)) {
    log('creating the database cluster');
    await createCluster(runtime, cluster, options.signal);
  }
  if (await stopOrphanedPostmaster(runtime.folder)) {
    log('stopped a PostgreSQL that an earlier run had left behind');
  }
  const temporary = options.temporary ? [runtime.folder, options.dataDir] : [];
  let running = await startServer(runtime, cluster, options, temporary);
  const { port } = running;
  const { promise: ended, resolve: resolveEnded } = Promise.withResolvers<void>();
  let isRestarting = false;
  const watch = () => {
    const watched = running;
    void watched.ended.then(() => {
      if (watched === running && !isRestarting) resolveEnded();
    });
  };
  watch();
  const url = (name: string) => toUrl(password, port, name);
  const stop = async () => {
    await stopPostmaster(running.identity);
    for (const folder of temporary) rmSync(folder, { recursive: true, force: true });
  };
  try {
    await createDatabase(url('postgres'));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url: url(DATABASE),
    port,
    folder: runtime.folder,
    get pid() {
      return running.identity.pid;
    },
    ended,
    async restart(mode) {
      isRestarting = true;
      try {
        await shutDownPostmaster(running.identity, mode);
        running = await startServer(runtime, cluster, { ...options, port }, temporary);
      } finally {
        isRestarting = false;
      }
      watch();
      if (running.port === port) return;
      await stop();
      throw new Error(`port ${port} was taken while PostgreSQL restarted`);
    },
    stop,
  };
}

/** The URL of the server that runs on this folder; undefined when none has run yet. */
export function readServerUrl(dataDir: string): string | undefined {
  const files = [PASSWORD_FILE, PORT_FILE].map((name) => join(dataDir, name));
  if (!files.every((file) => existsSync(file))) return undefined;
  const [password = '', port = ''] = files.map((file) => readFileSync(file, 'utf8').trim());
  return toUrl(password, Number(port), DATABASE);
}

const toUrl = (password: string, port: number, name: string) =>
  `postgresql://${SUPERUSER}:${password}@127.0.0.1:${port}/${name}`;

async function createDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on('error', () => {});
  await client.connect();
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`create database ${DATABASE}`);
  } finally {
    await client.end();
  }
}
