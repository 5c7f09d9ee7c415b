import pg from 'pg';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.ts';
import { logFile } from './postgres-server.ts';
import { withoutPassword } from './without-password.ts';

const oldestSupported = 15;
const firstRestartDelayMs = 500;
const longestRestartDelayMs = 10_000;

/** The database that the stack works on. */
export interface Database {
  url: string;
  /** The same past any pooler, for migrations and the worker. */
  directUrl: string;
  /** Where it is, for a person; without the password. */
  description: string;
  stop(): Promise<void>;
}

/**
 * Checks the database that DATABASE_URL names.
 *
 * @throws Error with one readable line when it cannot be used.
 */
export async function useExternalDatabase(url: string, directUrl = url): Promise<Database> {
  const description = withoutPassword(url, 'postgresql://user:password@host:port/database');
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
    if (version < oldestSupported) {
      throw new Error(
        `DATABASE_URL: ${description} is PostgreSQL ${version}; ${oldestSupported} or newer is needed`,
      );
    }
    return { url, directUrl, description, stop: async () => {} };
  } finally {
    await client.end().catch(() => {});
  }
}

export interface OwnDatabaseOptions {
  dataDir: string;
  say(line: string): void;
  signal: AbortSignal;
}

/** Starts the embedded PostgreSQL and starts it again, on its port, should it ever end by itself. */
export async function startOwnDatabase({ dataDir, say, signal }: OwnDatabaseOptions): Promise<Database> {
  let running: EmbeddedPostgres = await startEmbeddedPostgres({ dataDir, log: say, signal });
  let stopping = false;
  let delay = firstRestartDelayMs;

  const { port, url, folder } = running;

  async function keepRunning() {
    for (;;) {
      await running.ended;
      while (!stopping) {
        say(`PostgreSQL has ended by itself (see ${logFile(dataDir)}); starting it again`);
        try {
          running = await startEmbeddedPostgres({ dataDir, port, log: say, signal });
          if (running.port !== port) {
            await running.stop();
            throw new Error(`port ${port} was taken meanwhile`);
          }
          delay = firstRestartDelayMs;
          break;
        } catch (error) {
          if (stopping || signal.aborted) return;
          say(reason(error));
          await new Promise((resolve) => setTimeout(resolve, delay));
          delay = Math.min(delay * 2, longestRestartDelayMs);
        }
      }
      if (stopping) return;
    }
  }

  void keepRunning();
  return {
    url,
    directUrl: url,
    description: `postgresql://127.0.0.1:${port}/incidents  (PostgreSQL of its own; data: ${folder})`,
    stop: async () => {
      stopping = true;
      await running.stop();
    },
  };
}

/** A refused "localhost" is several errors, one an address, in an error without a message. */
function reason(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reason(error.errors[0]);
  return error instanceof Error ? error.message || error.name : String(error);
}
