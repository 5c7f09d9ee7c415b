import { EventEmitter } from 'node:events';
import { hostname } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import type { Db } from '@incidents/db/client';
import { toHeartbeatTask } from '@incidents/db/lease';
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
  /** For the lease alone: it would expire while jobs wait for connections of `db`. */
  heartbeatDb: Db;
  tasks: TaskList;
  concurrency: number;
  /** Time from the stop of the runner until unfinished jobs are aborted. */
  abortAfterMs: number;
  cronItems?: ParsedCronItem[];
  recipients?: NewWorkerPool['recipients'];
  startEngine?: (poolId: string) => { stop(abortAfterMs: number): Promise<void> };
  logger: Logger;
  onRun?: (run: FinishedRun) => void;
}

export interface Runner {
  /** Resolves with the reason when it takes no more jobs. It may have unfinished jobs, so it must be stopped. */
  ended: Promise<{ reason: string; error?: unknown }>;
  /** Time of its last heartbeat job, by `performance.now()`; undefined before the first. */
  readonly lastHeartbeat: number | undefined;
  /** Waits for unfinished jobs, and releases those that exceed the timeout. */
  stop(timeoutMs: number): Promise<void>;
}

/**
 * Jobs that the queue fetches and locks together. Each fetch passes over the jobs that were done before, until a vacuum:
 * with 200 a long queue is worked off at half the speed. They take about 1 MB.
 */
const MAX_FETCHED_JOBS = 1_000;

/** Graphile Worker requires a task before the pool is registered. No job has this name. */
const NO_TASK = toHeartbeatTask(0);

/** Longest wait of a heartbeat job while the runner has free slots. */
const MAX_HEARTBEAT_WAIT_MS = 15_000;

/** Time to record the end of the last jobs, including the wait for a connection. */
const LAST_WRITES_TIMEOUT_MS = 3_000;

/** Resolves when the runner is registered, or has ended before. */
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
          // While all slots are busy the queue asks for no job and does not notice it.
          if (isReadOnly(error)) end({ reason: 'the database takes no writes', error });
        },
        onReaped: (pools) => logger.warn({ pools }, 'jobs of expired leases were freed'),
        onRepaired: (found) => logger.warn(found, 'the queue was repaired'),
        onClockSetBack: (found) => logger.warn(found, "the database's clock was set back"),
      },
    );
    // The queue reads this list before each fetch. The first heartbeat job causes one.
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
    logger: createQueueLogger(logger, (error) => end({ reason: 'it could not ask for a job', error })),
    events: watchWorkers(),
    parsedCronItems: options.cronItems ?? [],
    preset: {
      worker: {
        concurrentJobs: options.concurrency,
        // PostgreSQL notifies of new jobs. Polling finds delayed jobs and those of lost notifications.
        pollInterval: 1_000,
        localQueue: { size: Math.max(MAX_FETCHED_JOBS, options.concurrency) },
        gracefulShutdownAbortTimeout: options.abortAfterMs,
        // Without batching a broken connection at the end of a job ends the process; with it, only the runner.
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
    // The queue then stops, but may wait for ever to record the ends of jobs.
    events.on('pool:fatalError', ({ error }) =>
      end({ reason: 'it could not record the ends of jobs', error }),
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
  const countBusyWorkers = () => workers.filter((worker) => worker.getActiveJob() !== null).length;
  const watch = setInterval(async () => {
    const acquired = await lease?.catch(() => undefined);
    const waited = (acquired?.lastQueuedAt ?? 0) - (lastHeartbeat ?? started);
    if (waited > MAX_HEARTBEAT_WAIT_MS && countBusyWorkers() < options.concurrency)
      end({ reason: 'it takes no jobs' });
  }, 1_000);
  ended.then(() => clearInterval(watch));

  /** Resolves soon after the last job. After two failed writes the queue itself waits for ever. */
  const waitUntilIdle = async (signal: AbortSignal) => {
    for (
      let since = performance.now();
      performance.now() - since < LAST_WRITES_TIMEOUT_MS && !signal.aborted;
    ) {
      await wait(100);
      if (countBusyWorkers() > 0) since = performance.now();
    }
  };

  await Promise.race([registered, ended]);
  return {
    ended,
    get lastHeartbeat() {
      return lastHeartbeat;
    },
    async stop(timeoutMs) {
      end({ reason: 'it was stopped' });
      const over = new AbortController();
      const late = wait(timeoutMs, 'late', { signal: over.signal }).catch(() => {});
      // A runner that has ended by itself still waits for its last jobs and their records.
      const engineStopped = lease?.catch(() => {}).then(() => engine?.stop(options.abortAfterMs));
      const drained = Promise.allSettled([runner.stop(), runner.promise, engineStopped]);
      const outcome = await Promise.race([
        drained,
        late,
        Promise.all([waitUntilIdle(over.signal), engineStopped]),
      ]);
      over.abort();
      const jobs = countBusyWorkers();
      if (outcome === 'late' && jobs > 0) logger.warn({ jobs }, 'jobs did not end in time and were released');
      const acquired = await lease?.catch(() => undefined);
      await acquired?.release();
    },
  };
}

/** Makes the queue return unstarted jobs when it stops. Without it Graphile Worker 0.18.0 throws if it is idle. */
const holdOpen = (localQueue: object, until: Promise<void>) =>
  (localQueue as { background(promise: Promise<void>): void }).background(until);

const FETCH_ERROR = 'Error occurred fetching jobs';

/** SQLSTATE `read_only_sql_transaction`: a hot standby, or a database that was made read-only. */
const isReadOnly = (error: unknown) => error instanceof Error && 'code' in error && error.code === '25006';

/** Lowers lines of the queue to debug that tasks and supervisor log in more detail, or that are intended. */
const createQueueLogger = (logger: Logger, onFetchError: (error: unknown) => void) =>
  new QueueLogger(() => (level, message, meta) => {
    // After a lost reply jobs may stay locked, unrun, until this pool ends. Only this line shows it.
    if (level === 'error' && message.startsWith(FETCH_ERROR)) onFetchError(meta?.error);
    const error = meta?.error ?? meta?.fatalError;
    const known = meta?.failure === true || message.includes('maxPoolSize') || isUnavailable(error);
    const line = { component: 'queue', ...(error instanceof Error && { err: error }) };
    if (level === 'error' && !known) logger.error(line, message);
    else if (level === 'warning' && !known) logger.warn(line, message);
    else logger.debug(line, message);
  });
