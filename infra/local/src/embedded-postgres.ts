import { existsSync, rmSync } from 'node:fs';
import pg from 'pg';
import { preparePostgresPlace } from './postgres-account.ts';
import { findPostgresBinaries } from './postgres-binaries.ts';
import { createCluster, owner, readPassword } from './postgres-cluster.ts';
import { startGuard } from './postgres-guard.ts';
import { type ServerOptions, startServer } from './postgres-server.ts';
import { clearLeftovers, clusterFolder, endPostmaster, stopPostmaster } from './postmaster.ts';

const database = 'incidents';

export interface EmbeddedPostgresOptions extends ServerOptions {
  /** A folder of its own for the cluster, its log, port and password. As root it may become a symbolic link. */
  dataDir: string;
  /**
   * Removes the folder at the end, also when this process is killed; as root only if it stands in a folder
   * that everybody may enter, such as /tmp itself.
   */
  temporary?: boolean;
  /** Receives a line for every step that may take a moment. */
  log?: (line: string) => void;
}

export interface EmbeddedPostgres {
  /** Connection string of the database, with its password. */
  url: string;
  port: number;
  /** The folder that really holds the data. */
  folder: string;
  /** The server's main process. */
  readonly pid: number;
  /** Resolves when the server ends, asked to or not; a restart is no end. */
  ended: Promise<void>;
  /**
   * Ends the server, unless it has ended by itself, and starts it again on the same port; resolves when it accepts
   * connections.
   */
  restart(mode: 'fast' | 'immediate'): Promise<void>;
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
  const guard = startGuard(place, cluster, options.temporary ? place.folder : '');
  let running = await startServer(place, cluster, options).catch((error: unknown) => {
    guard.dismiss();
    throw error;
  });
  const { port } = running;
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const watch = () => {
    const watched = running;
    watched.server.once('exit', () => {
      if (watched === running && !restarting) end();
    });
  };
  let restarting = false;
  watch();
  const url = (name: string) => `postgresql://${owner}:${password}@127.0.0.1:${port}/${name}`;
  const stop = async () => {
    await stopPostmaster(running.identity);
    guard.dismiss();
    if (options.temporary) {
      rmSync(place.folder, { recursive: true, force: true });
      rmSync(options.dataDir, { recursive: true, force: true });
    }
  };
  try {
    await ensureDatabase(url('postgres'));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url: url(database),
    port,
    folder: place.folder,
    get pid() {
      return running.identity.pid;
    },
    ended,
    async restart(mode) {
      restarting = true;
      try {
        await endPostmaster(running.identity, mode);
        running = await startServer(place, cluster, { ...options, port });
      } finally {
        restarting = false;
      }
      watch();
      if (running.port === port) return;
      await stop();
      throw new Error(`port ${port} was taken while PostgreSQL restarted`);
    },
    stop,
  };
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
