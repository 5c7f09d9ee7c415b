import pg from 'pg';
import { keepRunning } from '../keep-running.ts';
import { redactPassword } from '../redact-password.ts';
import { startEmbeddedPostgres } from './embedded-postgres.ts';
import { logFile } from './postgres-server.ts';

const MIN_VERSION = 15;

export interface Database {
  url: string;
  /** The address without a pooler, for migrations and the worker. */
  directUrl: string;
  description: string;
  isEmbedded: boolean;
  stop(): Promise<void>;
}

/** @throws Error with one readable line when the database is unusable */
export async function openExternalDatabase(url: string, directUrl = url): Promise<Database> {
  const description = redactPassword(url, 'postgresql://user:password@host:port/database');
  let client: pg.Client;
  try {
    client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
    client.on('error', () => {});
    await client.connect();
  } catch (error) {
    throw new Error(`DATABASE_URL: cannot connect to ${description}: ${reason(error)}`);
  }
  try {
    const { rows } = await client.query<{ server_version_num: string }>('show server_version_num');
    const version = Math.floor(Number(rows[0]?.server_version_num) / 10_000);
    if (version < MIN_VERSION) {
      throw new Error(
        `DATABASE_URL: ${description} is PostgreSQL ${version}; ${MIN_VERSION} or newer is needed`,
      );
    }
    return { url, directUrl, description, isEmbedded: false, stop: async () => {} };
  } finally {
    await client.end().catch(() => {});
  }
}

export interface EmbeddedDatabaseOptions {
  dataDir: string;
  say(line: string): void;
  signal: AbortSignal;
}

export async function startEmbeddedDatabase({
  dataDir,
  say,
  signal,
}: EmbeddedDatabaseOptions): Promise<Database> {
  const first = await startEmbeddedPostgres({ dataDir, log: say, signal });
  const { port, url, folder } = first;
  const stop = keepRunning(first, {
    name: `PostgreSQL (log: ${logFile(dataDir)})`,
    say,
    async start(signal) {
      const server = await startEmbeddedPostgres({ dataDir, port, log: say, signal });
      if (server.port === port) return server;
      await server.stop();
      throw new Error(`port ${port} was taken meanwhile`);
    },
  });
  return {
    url,
    directUrl: url,
    description: `PostgreSQL of its own; data: ${folder}`,
    isEmbedded: true,
    stop,
  };
}

/** Several addresses of "localhost" give an AggregateError without a message. */
function reason(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reason(error.errors[0]);
  return error instanceof Error ? error.message || error.name : String(error);
}
