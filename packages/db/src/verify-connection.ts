import type pg from 'pg';
import { createDb, type DbOptions, DEFAULT_STATEMENT_TIMEOUT_MS } from './client.ts';
import { namesSearchPath } from './database-url.ts';
import { createSessionSettings, DEFAULT_SCHEMA, type SessionSettings } from './session-settings.ts';

/** The database, or a pooler in front of it, is not fit for this service. Trying again does not help. */
export class UnusableDatabaseError extends Error {
  override name = 'UnusableDatabaseError';
}

/** What a process uses a connection for: `session` includes LISTEN and advisory locks. */
export type ConnectionUse = 'session' | 'transactions';

interface Session {
  pid: number;
  encoding: string;
  schema: string | null;
  settings: SessionSettings;
}

/** Under load a pooler may give two clients different backends by chance. */
const ROUNDS = 5;

/** SQLSTATEs of a named statement that already exists, or does not, because the backend is another one. */
const LOST_STATEMENT = new Set(['42P05', '26000']);

const NO_SESSION =
  'the pooler before the database is in transaction mode, which is good for the requests of an API alone: set DATABASE_DIRECT_URL to the address of PostgreSQL itself';

const TOO_OLD = 'in transaction mode PgBouncer 1.21 or newer with max_prepared_statements above 0 is needed';

const NEEDS_IGNORING = 'PgBouncer needs ignore_startup_parameters = options';

/** PgBouncer's error for a startup parameter that it neither tracks nor ignores. */
const REFUSED_PARAMETER = /^unsupported startup parameter/;

/** @throws UnusableDatabaseError with the necessary change; the database's error when it does not answer */
export async function verifyConnection(options: DbOptions, use: ConnectionUse): Promise<void> {
  const db = createDb({ ...options, poolSize: 2 });
  const clients: pg.PoolClient[] = [];
  try {
    const connect = async () => {
      const client = await db.pool.connect();
      clients.push(client);
      return client;
    };
    const first = await connect();
    const wanted = createSessionSettings(options.statementTimeoutMs ?? DEFAULT_STATEMENT_TIMEOUT_MS);
    const session = await readSession(first, wanted);
    if (session.encoding !== 'UTF8') {
      throw new UnusableDatabaseError(
        `the encoding of the database is ${session.encoding}; UTF8 is needed: create database … encoding 'UTF8' template template0`,
      );
    }
    // A pooler reports its own process id.
    if (session.pid === (first as pg.PoolClient & { processID: number }).processID) return;

    const shared = await sharesBackend(first, await connect(), wanted);
    if (use === 'session') {
      if (shared) throw new UnusableDatabaseError(NO_SESSION);
      // The migration and the worker have different limits.
      delete wanted.statement_timeout;
    }
    refuseOtherSettings(session, wanted, namesSearchPath(options.url));
  } catch (error) {
    throw toRefusal(error);
  } finally {
    for (const client of clients) client.release(true);
    await db.close();
  }
}

/** Asked with a parameter, so under a name. */
async function readSession(client: pg.PoolClient, wanted: SessionSettings): Promise<Session> {
  const { rows } = await client.query<Session>(
    `select pg_backend_pid() as pid, current_setting('server_encoding') as encoding, current_schema() as schema,
       (select json_object_agg(name, setting) from pg_settings where name = any($1)) as settings`,
    [Object.keys(wanted)],
  );
  const [session] = rows;
  if (session === undefined) throw new Error('the session was not described');
  return session;
}

function refuseOtherSettings(
  { schema, settings }: Session,
  wanted: SessionSettings,
  anySchema: boolean,
): void {
  const differing = Object.entries(wanted).filter(([name, value]) => settings[name] !== value);
  if (!anySchema && schema !== DEFAULT_SCHEMA) differing.push(['search_path', DEFAULT_SCHEMA]);
  if (differing.length === 0) return;
  const found = differing.map(([name]) => `${name} is ${settings[name] ?? schema}`);
  const statements = differing.map(([name, value]) => `set ${name} = ''${value}''`);
  throw new UnusableDatabaseError(
    `the pooler before the database does not pass on settings (${found.join(', ')}); PgBouncer sets them with connect_query = '${statements.join('; ')}'`,
  );
}

async function sharesBackend(
  first: pg.PoolClient,
  second: pg.PoolClient,
  wanted: SessionSettings,
): Promise<boolean> {
  for (let round = 0; round < ROUNDS; round++) {
    const { pid } = await readSession(first, wanted);
    await second.query('begin');
    const taken = (await readSession(second, wanted)).pid;
    // If the second transaction has its backend, this one is on another now.
    await readSession(first, wanted);
    await second.query('rollback');
    if (taken === pid) return true;
  }
  return false;
}

function toRefusal(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if ('code' in error && LOST_STATEMENT.has(String(error.code))) {
    return new UnusableDatabaseError(
      `the pooler before the database loses named statements (${error.message}): ${TOO_OLD}`,
    );
  }
  if (REFUSED_PARAMETER.test(error.message)) {
    // PgBouncer before 1.20 knows no options at all.
    const remedy = error.message.endsWith(': options') ? TOO_OLD : NEEDS_IGNORING;
    return new UnusableDatabaseError(
      `the pooler before the database refuses connections (${error.message}): ${remedy}`,
    );
  }
  return error;
}
