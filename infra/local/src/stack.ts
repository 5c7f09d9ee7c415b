import { dirname, join } from 'node:path';
import { type Database, startOwnDatabase, useExternalDatabase } from './database.ts';
import { type InstanceLock, takeInstanceLock } from './instance-lock.ts';
import { endLeftovers } from './leftovers.ts';
import { type ListenAddress, parseListenAddress, whyNotListen } from './listen-address.ts';
import { onEndOfSession } from './own-session.ts';
import { databaseFolder, lockFile } from './paths.ts';
import { openRedis, type Redis } from './redis.ts';
import { type Program, type Supervised, supervise } from './supervise.ts';
import { createTerminal, type Terminal } from './terminal.ts';

/** After the end was asked for, in ms: when the worker is asked too, and when both are killed. */
const workerAfterMs = 500;
const killAfterMs = 5_700;

/** An app's folder, and what Node.js is to run there. */
export type App = Pick<Program, 'cwd' | 'args'>;

export interface StackOptions {
  /** The checkout's root. */
  root: string;
  apps: { api: App; worker: App };
  /** Seconds that API and worker have to finish what is under way. */
  shutdownTimeout: number;
  /** What has to be done before anything starts, such as building. */
  prepare?(terminal: Terminal, signal: AbortSignal): Promise<void>;
  migrate(databaseUrl: string, log: (line: string) => void): Promise<void>;
  /** Called once API and worker have been started; what it returns is called at the end. */
  onStarted?(children: { api: Supervised; worker: Supervised }, terminal: Terminal): () => void;
}

interface Running {
  lock?: InstanceLock;
  database?: Database;
  redis?: Redis | undefined;
  api?: Supervised;
  worker?: Supervised;
  close?: (() => void) | undefined;
}

type End = (how: { code: number; why?: string }) => void;

/**
 * Runs database, Redis, API and worker until it is told to end, then exits the process: with 0 when a person
 * or another process asked for the end, with 1 and one readable line when it cannot go on.
 */
export async function runStack(options: StackOptions): Promise<void> {
  const terminal = createTerminal();
  const abort = new AbortController();
  const { promise: ending, resolve: end } = Promise.withResolvers<Parameters<End>[0]>();
  void ending.then(() => abort.abort());
  onEndOfSession((why) => end({ code: 0, why }));

  const running: Running = {};
  const starting = bringUp(options, terminal, abort.signal, end, running).catch((error: unknown) => {
    end({ code: 1, why: error instanceof Error ? error.message : String(error) });
  });

  const { code, why } = await ending;
  if (why) terminal.say(why);
  // A step under way (the build, initdb) ends by the abort signal; what it had started is then known.
  await starting;
  if (running.database) terminal.say('Stopping …');
  running.close?.();
  await shutDown(running, terminal);
  running.lock?.release();
  if (running.database) terminal.say('Stopped.');
  await terminal.flush();
  process.exit(code);
}

async function bringUp(
  options: StackOptions,
  terminal: Terminal,
  signal: AbortSignal,
  end: End,
  running: Running,
) {
  const startedAt = Date.now();
  const { say } = terminal;
  const address = parseListenAddress(process.env);
  const { lock, abandoned } = takeInstanceLock(lockFile(options.root));
  running.lock = lock;
  if (await endLeftovers(options.root, abandoned)) say('Ended what an earlier start had left behind.');
  const taken = await whyNotListen(address);
  if (taken) throw new Error(taken);

  await options.prepare?.(terminal, signal);
  signal.throwIfAborted();

  running.database = await openDatabase(options.root, terminal, signal);
  signal.throwIfAborted();

  running.redis = await openRedis(process.env.REDIS_URL, {
    // The lock's folder, so it is there.
    folder: dirname(lockFile(options.root)),
    say,
    onProcess: (child) => lock.note('redis', child),
  });
  signal.throwIfAborted();

  say('Migrating the database …');
  await options.migrate(running.database.directUrl, (line) => say(`  ${line}`));
  signal.throwIfAborted();

  say('Starting API and worker …');
  const { PORT: _, ...inherited } = process.env;
  const env = {
    ...inherited,
    DATABASE_URL: running.database.url,
    DATABASE_DIRECT_URL: running.database.directUrl,
    // Halves the time to start, which a developer waits for after every change.
    NODE_COMPILE_CACHE: join(options.root, '.data', 'compile-cache'),
    SHUTDOWN_TIMEOUT: String(options.shutdownTimeout),
    // Nobody balances any load here, and whoever presses Ctrl+C waits.
    SHUTDOWN_DELAY: '0',
  };
  const run = (program: Program) => {
    let starts = 0;
    return supervise(program, {
      onLine: terminal.printer(program.name),
      say,
      onProcess: (child) => lock.note(program.name, child),
      onReady: (ms) => starts++ > 0 && say(`${program.name} is ready again (${ms} ms)`),
      onBadConfiguration: () =>
        end({ code: 1, why: `${program.name} refuses its configuration (see above)` }),
    });
  };
  const { api, worker } = options.apps;
  const apiEnv = {
    ...env,
    HOST: address.host,
    PORT: String(address.port),
    // A person on their own machine wants to see it work; the API says at each start that it is open.
    AUTH: process.env.AUTH || 'off',
    ...(running.redis && { REDIS_URL: running.redis.url }),
  };
  running.api = run({ ...api, name: 'api', env: apiEnv });
  running.worker = run({ ...worker, name: 'worker', env });
  running.close = options.onStarted?.({ api: running.api, worker: running.worker }, terminal);
  const aborted = new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });
  await Promise.race([Promise.all([running.api.ready, running.worker.ready]), aborted]);

  say(banner(address, running, Date.now() - startedAt));
}

async function openDatabase(checkout: string, { say }: Terminal, signal: AbortSignal) {
  const { DATABASE_URL, DATABASE_DIRECT_URL } = process.env;
  if (DATABASE_URL) return useExternalDatabase(DATABASE_URL, DATABASE_DIRECT_URL || DATABASE_URL);
  say('Starting PostgreSQL …');
  return startOwnDatabase({
    dataDir: databaseFolder(checkout),
    say: (line) => say(`  ${line}`),
    signal,
  });
}

/** API first, so that nothing new comes in; then the worker; what both use when nobody uses it any more. */
async function shutDown({ api, worker, redis, database }: Running, { say }: Terminal) {
  const deadline = Date.now() + killAfterMs;
  const apiEnded = api?.stop(killAfterMs);
  await Promise.race([apiEnded, new Promise((resolve) => setTimeout(resolve, workerAfterMs))]);
  await Promise.all([apiEnded, worker?.stop(deadline - Date.now())]);
  try {
    await Promise.all([redis?.stop(), database?.stop()]);
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
  }
}

function banner({ url }: ListenAddress, { database, redis }: Running, ms: number): string {
  const incident = {
    text: 'Бот не отвечает на команды',
    description: 'После обновления бот перестал реагировать на /start',
    status: 'новый',
    source: 'operator',
  };
  return `
Ready in ${(ms / 1000).toFixed(1)} s.

  API        ${url}
  Docs       ${url}/docs
  Database   ${database?.description}
  Redis      ${redis?.description ?? 'none (limits per process)'}

  Report an incident:

    curl -X POST ${url}/incidents/ -H 'Content-Type: application/json' -d '${JSON.stringify(incident)}'

  Stop with Ctrl+C, or from another terminal with: npx pnpm@12 stop
`;
}
