import { createHash } from 'node:crypto';
import pg from 'pg';
import { PooledKysely } from './connection.ts';
import { withStartupOptions } from './database-url.ts';
import { parseJson } from './parse-json.ts';
import { createSessionSettings } from './session-settings.ts';

export const DEFAULT_STATEMENT_TIMEOUT_MS = 5_000;

export interface DbOptions {
  url: string;
  poolSize: number;
  /** Shown in `pg_stat_activity`. */
  applicationName: string;
  /** Called with the error of an idle connection; the pool replaces the connection. */
  onConnectionError: (error: Error) => void;
  /** Longest wait of a caller for a connection; 2,500 unless given. */
  connectionTimeoutMs?: number;
  /** 5,000 unless given; 0 for no limit. */
  statementTimeoutMs?: number;
  /**
   * Plans each statement once per connection, which saves 0.2 ms of a list of 20. Only for statements whose plan does
   * not depend on their values. Behind a pooler it has no effect.
   */
  planOnce?: boolean;
  /** Makes plans that were made on empty tables fit full ones. Not for the runner: its search for jobs would take minutes. */
  indexesOnly?: boolean;
}

export interface Db {
  kysely: PooledKysely;
  pool: pg.Pool;
  /** Waits for the queries under way, then closes every connection. */
  close(): Promise<void>;
}

/** Opens a pool, which connects at the first query. It returns `int8` as a number, because all stay below 2^53. */
export function createDb(options: DbOptions): Db {
  const statementTimeoutMs = options.statementTimeoutMs ?? DEFAULT_STATEMENT_TIMEOUT_MS;
  const clientOptions: PreparingClientOptions = {
    readTimeoutMs: statementTimeoutMs === 0 ? 0 : statementTimeoutMs + SERVER_MARGIN_MS,
  };
  const pool = new pg.Pool({
    connectionString: withStartupOptions(options.url, {
      ...createSessionSettings(statementTimeoutMs),
      // PostgreSQL compiles the plan of a list at each run, for 25 ms, once its table has some 50,000 rows.
      jit: 'off',
      // A plan for an empty table that was analyzed scans it, and is kept when the table is full.
      ...(options.planOnce && { plan_cache_mode: 'force_generic_plan', enable_seqscan: 'off' }),
      ...(options.indexesOnly && {
        enable_seqscan: 'off',
        enable_bitmapscan: 'off',
        enable_hashjoin: 'off',
        enable_mergejoin: 'off',
      }),
    }),
    max: options.poolSize,
    maxLifetimeSeconds: MAX_CONNECTION_AGE_S,
    // Kept while nothing happens: a load that begins would wait 100 ms for ten new ones.
    idleTimeoutMillis: 0,
    application_name: options.applicationName,
    connectionTimeoutMillis: options.connectionTimeoutMs ?? 2_500,
    keepAlive: true,
    ...clientOptions,
    Client: PreparingClient,
    types: { getTypeParser },
  });
  pool.on('error', options.onConnectionError);
  // The pool listens to idle clients only; one that breaks while it is checked out would end the process.
  pool.on('connect', (client) => {
    client.on('error', options.onConnectionError);
    if (client instanceof PreparingClient) client.retireWhenUseless();
  });
  pool.on('release', (_error, client) => {
    if (client instanceof PreparingClient) client.retireWhenReadOnly();
  });

  const kysely = new PooledKysely(pool);
  // kysely.destroy() leaves the pool open when Kysely was never used.
  return { kysely, pool, close: () => pool.end() };
}

/** SQLSTATEs after which a connection is of no more use, though its socket is still open. */
const USELESS_AFTER = new Set([
  '57P01', // ended by an administrator: the socket closes a moment later, too late for the next query
  '57P02', // ended by a crash: the same
  '25006', // read-only: a standby; by now the name may lead to the new primary
  '0A000', // a migration changed the columns of a prepared statement: it would always fail on this connection
]);

/** Settings that PostgreSQL reports by itself, at the start of a session and when they change. */
const READ_ONLY_SETTINGS = new Set(['in_hot_standby', 'default_transaction_read_only']);

/** Milliseconds that a connection to a server without writes is kept; reads of an old primary are no older. */
const MAX_READ_ONLY_AGE_MS = 2_000;

/** Seconds until a connection is replaced, so that the pool follows a name that leads elsewhere. */
const MAX_CONNECTION_AGE_S = 300;

/** Milliseconds that the server's own time limit has to arrive. */
const SERVER_MARGIN_MS = 200;

/** By the numbers of PostgreSQL's types. */
const TYPE_PARSERS = new Map<number, (text: string) => unknown>([
  [pg.types.builtins.INT8, Number],
  [pg.types.builtins.JSON, parseJson],
  [pg.types.builtins.JSONB, parseJson],
]);

const getTypeParser: typeof pg.types.getTypeParser = (oid: number, format?: 'text' | 'binary') =>
  TYPE_PARSERS.get(oid) ?? pg.types.getTypeParser(oid, format as 'text');

/** Prepared statements per process. The service has far fewer. */
const MAX_PREPARED = 200;
const names = new Map<string, string>();

function statementName(text: string): string | undefined {
  let name = names.get(text);
  if (name === undefined && names.size < MAX_PREPARED) {
    name = createHash('sha1').update(text).digest('base64url');
    names.set(text, name);
  }
  return name;
}

interface PreparingClientOptions {
  /** Longest wait for an answer, after which the connection is closed; 0 for no limit. */
  readTimeoutMs: number;
}

type QueryCallback = (error: Error | null | undefined, result: unknown) => void;

/**
 * Names statements, so that PostgreSQL parses each once per connection. Kysely has no names of its own.
 *
 * Queries use callbacks, and a time limit of this class. With pg's promises or `query_timeout`, V8 keeps most results until
 * its next full garbage collection (docs/performance.md).
 */
class PreparingClient extends pg.Client {
  readonly #readOnlySince = new Map<string, number>();
  readonly #readTimeoutMs: number;
  #unanswered = 0;
  #readTimer: NodeJS.Timeout | undefined;

  constructor(config: pg.ClientConfig & Partial<PreparingClientOptions> = {}) {
    super(config);
    this.#readTimeoutMs = config.readTimeoutMs ?? 0;
    this.connection.on('parameterStatus', (status: { parameterName: string; parameterValue: string }) => {
      const { parameterName: name, parameterValue: value } = status;
      if (!READ_ONLY_SETTINGS.has(name)) return;
      if (value === 'on') this.#readOnlySince.set(name, performance.now());
      else this.#readOnlySince.delete(name);
    });
  }

  /** Makes the pool replace this connection after an error that a next query would meet as well. */
  retireWhenUseless(): void {
    this.connection.on('errorMessage', ({ code }: { code?: string }) => {
      if (code !== undefined && USELESS_AFTER.has(code)) this.end().catch(() => {});
    });
  }

  retireWhenReadOnly(): void {
    const since = Math.min(...this.#readOnlySince.values());
    if (performance.now() - since > MAX_READ_ONLY_AGE_MS) this.end().catch(() => {});
  }

  // biome-ignore lint/suspicious/noExplicitAny: the arguments of every overload of pg's query()
  override query(config: any, values?: any, callback?: any): any {
    if (typeof config.submit === 'function') return super.query(config, values, callback);
    const parameters = Array.isArray(values) ? values : undefined;
    const name = typeof config === 'string' && parameters?.length ? statementName(config) : undefined;
    const send = (onResult: QueryCallback) => {
      this.#unanswered += 1;
      if (this.#unanswered === 1) this.#restartReadTimer();
      const onAnswer = (error: Error | null | undefined, result: unknown) => {
        this.#unanswered -= 1;
        if (this.#unanswered > 0) this.#restartReadTimer();
        onResult(error, result);
      };
      if (name === undefined) super.query(config, parameters as unknown[], onAnswer);
      // pg clones a config object, which takes 2 µs per statement. It takes a Query as it is.
      else super.query(Object.assign(new pg.Query(config, parameters, onAnswer), { name }));
    };
    const onResult = [callback, values, config.callback].find((given) => typeof given === 'function');
    if (onResult !== undefined) return send(onResult);
    return new Promise((resolve, reject) => {
      send((error, result) => (error ? reject(error) : resolve(result)));
    });
  }

  /** The connection has one timer. It also runs while no query waits, and then does nothing. */
  #restartReadTimer(): void {
    if (this.#readTimeoutMs === 0) return;
    if (this.#readTimer !== undefined) {
      this.#readTimer.refresh();
      return;
    }
    this.#readTimer = setTimeout(() => {
      // The server may still be at it: a next query would wait behind this one.
      if (this.#unanswered > 0) this.connection.stream.destroy(new Error('Query read timeout'));
    }, this.#readTimeoutMs).unref();
  }
}
