import { EventEmitter } from 'node:events';
import { hostname } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import type { Db } from '@incidents/db/client';
import { heartbeatTask } from '@incidents/db/lease';
import type { NewWorkerPool } from '@incidents/db/queries/worker-pool/register-pool';
import { releaseOnce } from '@incidents/db/release-once';
import { isUnavailable } from '@incidents/db/unavailable';
import type { Logger } from '@incidents/runtime/logger';
import {
  type Job,
  type ParsedCronItem,
  Logger as QueueLogger,
  run,
  type TaskList,
  type Worker,
  type WorkerEvents,
} from 'graphile-worker';
import type { FinishedRun } from './run-recorder.ts';
import { acquireWorkerLease, type WorkerLease } from './worker-lease.ts';

export interface RunnerOptions {
  db: Db;
  /** For the lease alone: behind jobs that wait for connections it would expire. */
  heartbeatDb: Db;
  tasks: TaskList;
  concurrency: number;
  /** Milliseconds that jobs under way have to end by themselves once the runner is stopped; then they are aborted. */
  abortAfter: number;
  cronItems?: ParsedCronItem[];
  recipients?: NewWorkerPool['recipients'];
  startEngine?: (poolId: string) => { stop(abortAfter: number): Promise<void> };
  logger: Logger;
  onRun?: (run: FinishedRun) => void;
}

export interface Runner {
  /** Resolves with why it is of no more use. It may still have jobs under way, and is to be stopped. */
  ended: Promise<{ reason: string; error?: unknown }>;
  /** When its last heartbeat job was run, by `performance.now()`; undefined before the first. */
  readonly lastHeartbeat: number | undefined;
  /** Waits at most `timeout` milliseconds for jobs under way, then releases the rest to other workers. */
  stop(timeout: number): Promise<void>;
}

/** Jobs that are fetched and locked together. A worker that dies frees them with its lease. */
const FETCHED_JOBS = 200;

/** The queue wants a task before the pool is registered; no job has this one. */
const NO_TASK = heartbeatTask(0);

/** Milliseconds for which heartbeat jobs may wait in the queue while the runner has nothing better to do. */
const STUCK_AFTER_MS = 15_000;

/** Milliseconds that it may take to write down that a job has ended, a connection included. */
const LAST_WRITES_MS = 3_000;

/** @returns once it is registered, or has ended before that */
export async function startRunner(options: RunnerOptions): Promise<Runner> {
  const { db, logger } = options;
  const { promise: ended, resolve: end } = Promise.withResolvers<{ reason: string; error?: unknown }>();
  const workers: Worker[] = [];
  // Filled after registration. Jobs locked earlier would belong to an unregistered pool.
  const tasks: TaskList = { [NO_TASK]: async () => {} };
  let lastHeartbeat: number | undefined;
  let hasEnded = false;
  ended.then(() => {
    hasEnded = true;
  });
  let lease: Promise<WorkerLease> | undefined;
  const { promise: registered, resolve: isRegistered } = Promise.withResolvers<void>();
  let poolId = '';
  let engine: ReturnType<NonNullable<RunnerOptions['startEngine']>> | undefined;

  const acquireLease = async (): Promise<WorkerLease> => {
    const acquired = await acquireWorkerLease(
      options.heartbeatDb.kysely,
      {
        id: poolId,
        name: `${hostname()}:${process.pid}`,
        concurrency: options.concurrency,
        tasks: Object.keys(options.tasks),
        recipients: options.recipients ?? [],
      },
      {
        onLost: () => end({ reason: 'its heartbeat was missed and its jobs were freed' }),
        onError: (error) => {
          logger.warn({ err: error }, 'no heartbeat: the database does not answer');
          // Jobs under way can keep the queue from asking for others, and so from finding out.
          if (isReadOnly(error)) end({ reason: 'the database takes no writes', error });
        },
        onReaped: (pools) => logger.warn({ pools }, 'jobs of silent workers were freed'),
        onRepaired: (found) => logger.warn(found, 'the queue was tidied up'),
        onClockSetBack: (found) => logger.warn(found, "the database's clock was set back"),
      },
    );
    // The queue looks at this list each time it asks for jobs. The first heartbeat job makes it ask.
    Object.assign(tasks, options.tasks, {
      [acquired.heartbeatTask]: async () => {
        lastHeartbeat = performance.now();
      },
    });
    if (!hasEnded) engine = options.startEngine?.(poolId);
    return acquired;
  };

  const runner = await run({
    pgPool: releaseOnce(db.pool),
    taskList: tasks,
    noHandleSignals: true,
    logger: queueLogger(logger, (error) => end({ reason: 'it could not ask for a job', error })),
    events: watchWorkers(),
    parsedCronItems: options.cronItems ?? [],
    preset: {
      worker: {
        concurrentJobs: options.concurrency,
        // Jobs queued for now are announced; this is for those with a time of their own, and for a lost announcement.
        pollInterval: 1_000,
        localQueue: { size: Math.max(FETCHED_JOBS, options.concurrency) },
        gracefulShutdownAbortTimeout: options.abortAfter,
        // Without a batch, a connection that breaks at the end of a job ends the process; with one, the runner.
        completeJobBatchDelay: 0,
        failJobBatchDelay: 0,
      },
      plugins: [
        {
          name: 'worker-pool',
          worker: {
            hooks: {
              // Acquire the lease before the first job is locked.
              startWorker: async (_context, { worker }) => {
                poolId = worker.workerPool.id;
                lease ??= acquireLease();
                await lease;
                isRegistered();
              },
            },
          },
        },
      ],
    },
  });
  runner.promise.then(
    () => end({ reason: 'it ended by itself' }),
    (error) => end({ reason: 'it failed', error }),
  );

  function watchWorkers(): WorkerEvents {
    const events: WorkerEvents = new EventEmitter();
    const begun = new Map<string, number>();
    events.on('worker:create', ({ worker }) => workers.push(worker));
    events.on('localQueue:init', ({ localQueue }) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      holdOpen(localQueue, promise);
      events.on('localQueue:setMode', ({ newMode }) => {
        if (newMode === 'RELEASED') setImmediate(resolve);
      });
    });
    // The queue stops by itself then, but may wait for ever for what it could not write down.
    events.on('pool:fatalError', ({ error }) =>
      end({ reason: 'it could not write down what became of jobs', error }),
    );
    events.on('job:start', ({ job }) => begun.set(job.id, performance.now()));
    events.on('job:complete', ({ job, error }) => {
      const began = begun.get(job.id) ?? performance.now();
      begun.delete(job.id);
      report(job, error, performance.now() - began);
    });
    return events;
  }

  function report(job: Job, error: unknown, durationMs: number): void {
    if (!(job.task_identifier in options.tasks)) return;
    const { id, task_identifier: task, attempts: attempt, payload } = job;
    options.onRun?.({
      jobId: Number(id),
      task,
      attempt,
      error: error ?? undefined,
      poolId,
      payload,
      durationMs,
    });
  }

  const started = performance.now();
  const busy = () => workers.filter((worker) => worker.getActiveJob() !== null).length;
  const watch = setInterval(async () => {
    const acquired = await lease?.catch(() => undefined);
    const waited = (acquired?.lastQueuedAt ?? 0) - (lastHeartbeat ?? started);
    if (waited > STUCK_AFTER_MS && busy() < options.concurrency) end({ reason: 'it takes no jobs' });
  }, 1_000);
  ended.then(() => clearInterval(watch));

  /** Resolves soon after the last job: once two batches could not be written, the queue waits for ever. */
  const idle = async (signal: AbortSignal) => {
    for (let since = performance.now(); performance.now() - since < LAST_WRITES_MS && !signal.aborted; ) {
      await wait(100);
      if (busy() > 0) since = performance.now();
    }
  };

  await Promise.race([registered, ended]);
  return {
    ended,
    get lastHeartbeat() {
      return lastHeartbeat;
    },
    async stop(timeout) {
      end({ reason: 'it was stopped' });
      const over = new AbortController();
      const late = wait(timeout, 'late', { signal: over.signal }).catch(() => {});
      // One that has ended by itself is still waiting for its last jobs, and for writing down that they are done.
      const engineStopped = lease?.catch(() => {}).then(() => engine?.stop(options.abortAfter));
      const drained = Promise.allSettled([runner.stop(), runner.promise, engineStopped]);
      const outcome = await Promise.race([drained, late, Promise.all([idle(over.signal), engineStopped])]);
      over.abort();
      if (outcome === 'late') logger.warn({ jobs: busy() }, 'jobs did not end in time and were released');
      const acquired = await lease?.catch(() => undefined);
      await acquired?.release();
    },
  };
}

/** Makes the queue return unstarted jobs when it stops. Graphile Worker 0.18.0 throws when it is idle then. */
const holdOpen = (localQueue: object, until: Promise<void>) =>
  (localQueue as { background(promise: Promise<void>): void }).background(until);

const FETCH_ERROR = 'Error occurred fetching jobs';

/** SQLSTATE `read_only_sql_transaction`: a hot standby, or a database that was made read-only. */
const isReadOnly = (error: unknown) => error instanceof Error && 'code' in error && error.code === '25006';

/** Drops the queue's own lines: tasks and supervisor say more, and sharing connections is intended. */
const queueLogger = (logger: Logger, onFetchError: (error: unknown) => void) =>
  new QueueLogger(() => (level, message, meta) => {
    // A lost reply may leave jobs locked that nothing runs until this pool ends. Only this line tells of it.
    if (level === 'error' && message.startsWith(FETCH_ERROR)) onFetchError(meta?.error);
    const error = meta?.error ?? meta?.fatalError;
    const known = meta?.failure === true || message.includes('maxPoolSize') || isUnavailable(error);
    const line = { component: 'queue', ...(error instanceof Error && { err: error }) };
    if (level === 'error' && !known) logger.error(line, message);
    else if (level === 'warning' && !known) logger.warn(line, message);
    else logger.debug(line, message);
  });
