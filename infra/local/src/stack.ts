import { dirname, join } from 'node:path';
import { migrate } from '@incidents/db/migrate';
import { loadEnvFile } from '@incidents/runtime/load-env-file';
import { banner } from './banner.ts';
import { onStopRequest, reportConfigured } from './crash-recovery/detached-process.ts';
import { acquireInstanceLock, type InstanceLock } from './crash-recovery/instance-lock.ts';
import { stopOrphans } from './crash-recovery/orphaned-processes.ts';
import { createExampleKey } from './create-example-key.ts';
import { findListenObstacle, type ListenAddress, toListenAddress } from './listen-address.ts';
import { MEMORY_OPTIONS } from './memory-options.ts';
import { databaseFolder, lockFile, root } from './paths.ts';
import { type Database, openExternalDatabase, startEmbeddedDatabase } from './postgres/database.ts';
import { readConfiguration } from './read-configuration.ts';
import { openRedis, type Redis } from './redis/redis.ts';
import { runStep } from './run-step.ts';
import { type SupervisedProgram, supervise } from './supervise.ts';
import { createTerminal, type Terminal } from './terminal.ts';

/** Measured from the stop request. The API goes first, so the worker gets its last jobs. */
const STOP_WORKER_AFTER_MS = 500;
const KILL_AFTER_MS = 5_700;

export interface StackOptions {
  /** The script of each app, below its folder. */
  script: string;
  /** How long API and worker may finish work under way. */
  shutdownSeconds: number;
  build?(signal: AbortSignal): Promise<void>;
  /** Called once after the start, with the address of the API; the returned function is called at the end. */
  onStarted?(apps: Apps, terminal: Terminal, apiUrl: string): () => void;
}

interface Apps {
  api: SupervisedProgram;
  worker: SupervisedProgram;
}

interface Running extends Partial<Apps> {
  lock?: InstanceLock;
  database?: Database;
  redis?: Redis | undefined;
  close?: (() => void) | undefined;
}

interface Stop {
  exitCode: number;
  reason: string;
}

/** Runs the whole service, then exits: with 0 after a stop request, with 1 and a readable line after a failure. */
export async function runStack(options: StackOptions): Promise<void> {
  const terminal = createTerminal();
  const abort = new AbortController();
  const { promise: stopped, resolve: stop } = Promise.withResolvers<Stop>();
  void stopped.then(() => abort.abort());
  onStopRequest((reason) => stop({ exitCode: 0, reason }));

  const running: Running = {};
  const fail = (reason: string) => stop({ exitCode: 1, reason });
  const starting = startStack(options, terminal, abort.signal, fail, running).catch((error: unknown) => {
    fail(error instanceof Error ? error.message : String(error));
  });

  const { exitCode, reason } = await stopped;
  if (reason) terminal.say(reason);
  // An aborted step (the build, initdb) ends first: only then `running` is complete.
  await starting;
  running.close?.();
  if (running.database) await runStep('Stopping', terminal.say, () => shutDown(running, terminal));
  running.lock?.release();
  if (running.database) terminal.say('Stopped.');
  await terminal.flush();
  process.exit(exitCode);
}

async function startStack(
  { script, shutdownSeconds, build, onStarted }: StackOptions,
  terminal: Terminal,
  signal: AbortSignal,
  fail: (reason: string) => void,
  running: Running,
): Promise<void> {
  const startedAt = Date.now();
  const { say } = terminal;
  loadEnvFile(join(root, '.env'));
  const configuration = await readConfiguration(process.env);
  reportConfigured();
  for (const warning of configuration.warnings) say(`Warning: ${warning}`);
  const address = toListenAddress(configuration.api.listen);
  const { lock, stale } = acquireInstanceLock(lockFile(root));
  running.lock = lock;
  const hadOrphans = stale
    ? await runStep('Cleaning up after a killed start', say, () => stopOrphans(root, stale))
    : await stopOrphans(root, stale);
  if (hadOrphans) say('Ended what an earlier start had left behind.');
  const obstacle = await findListenObstacle(address);
  if (obstacle) throw new Error(obstacle);

  if (build) await runStep('Building', say, () => build(signal));
  signal.throwIfAborted();

  running.database = await openDatabase(terminal, signal);
  signal.throwIfAborted();

  running.redis = await openRedis(process.env.REDIS_URL, {
    folder: dirname(lockFile(root)),
    say,
    onProcess: (child) => lock.recordChild('redis', child),
  });
  signal.throwIfAborted();

  const { database, redis } = running;
  await runStep('Migrating the database', say, () => migrate(database.directUrl, (line) => say(`  ${line}`)));
  signal.throwIfAborted();

  const env = appEnvironment(database, shutdownSeconds);
  const start = (name: string, variables: NodeJS.ProcessEnv) => {
    let starts = 0;
    return supervise(
      { name, args: [script], cwd: join(root, 'apps', name), env: variables },
      {
        onLine: terminal.printer(name),
        say,
        onProcess: (child) => lock.recordChild(name, child),
        onReady: (ms) => starts++ > 0 && say(`${name} is ready again (${ms} ms)`),
        onBadConfiguration: () => fail(`${name} refuses its configuration (see above)`),
      },
    );
  };
  const api = start('api', { ...MEMORY_OPTIONS, ...env, ...apiEnvironment(address, redis) });
  running.api = api;
  const worker = start('worker', env);
  running.worker = worker;
  running.close = onStarted?.({ api, worker }, terminal, address.url);
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });
  const key = await runStep('Starting API and worker', say, async () => {
    const ready = Promise.all([api.ready, worker.ready]);
    const [created] = await Promise.race([
      Promise.all([configuration.api.keys && createExampleKey(env, { signal, say }), ready]),
      aborted,
    ]);
    return created;
  });

  say(
    banner({
      url: address.url,
      configuration,
      env: process.env,
      database,
      redis: redis?.description,
      key,
      startMs: Date.now() - startedAt,
    }),
  );
}

async function openDatabase({ say }: Terminal, signal: AbortSignal): Promise<Database> {
  const { DATABASE_URL, DATABASE_DIRECT_URL } = process.env;
  if (DATABASE_URL) {
    return runStep('Connecting to PostgreSQL', say, () =>
      openExternalDatabase(DATABASE_URL, DATABASE_DIRECT_URL || DATABASE_URL),
    );
  }
  return runStep('Starting PostgreSQL', say, () =>
    startEmbeddedDatabase({ dataDir: databaseFolder(root), say: (line) => say(`  ${line}`), signal }),
  );
}

function appEnvironment(database: Database, shutdownSeconds: number): NodeJS.ProcessEnv {
  return {
    ...process.env,
    DATABASE_URL: database.url,
    DATABASE_DIRECT_URL: database.directUrl,
    NODE_COMPILE_CACHE: join(root, '.data', 'compile-cache'),
    SHUTDOWN_TIMEOUT: String(shutdownSeconds),
    // There is no load balancer to wait for.
    SHUTDOWN_DELAY: '0',
  };
}

function apiEnvironment({ host, port }: ListenAddress, redis: Redis | undefined): NodeJS.ProcessEnv {
  return {
    HOST: host,
    PORT: String(port),
    // For a first try on one's own machine; the API logs at each start that it is open.
    AUTH: process.env.AUTH || 'off',
    ...(redis && { REDIS_URL: redis.url }),
  };
}

/** The API ends first, so no new work arrives; then the worker; then Redis and PostgreSQL without clients. */
async function shutDown({ api, worker, redis, database }: Running, { say }: Terminal): Promise<void> {
  const deadline = Date.now() + KILL_AFTER_MS;
  const apiEnded = api?.stop(KILL_AFTER_MS);
  await Promise.race([apiEnded, new Promise((resolve) => setTimeout(resolve, STOP_WORKER_AFTER_MS))]);
  await Promise.all([apiEnded, worker?.stop(deadline - Date.now())]);
  try {
    await Promise.all([redis?.stop(), database?.stop()]);
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
  }
}
