import { EventEmitter } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import type { Db } from '@incidents/db/client';
import type { Logger } from '@incidents/process/logger';
import { Logger as QueueLogger, run, type TaskList, type Worker, type WorkerEvents } from 'graphile-worker';

/** A running queue runner. */
export interface Runner {
  /**
   * Takes no new jobs and waits for those under way, at most `timeout` milliseconds; the rest is released,
   * so that another worker can take it at once.
   */
  stop(timeout: number): Promise<void>;
  /** Settles when the runner ends, on purpose or not. */
  ended: Promise<void>;
}

/** Starts to take jobs from the queue and run them, `concurrency` at a time. */
export async function startRunner(options: {
  pool: Db['pool'];
  tasks: TaskList;
  concurrency: number;
  logger: Logger;
}): Promise<Runner> {
  const { pool, logger } = options;
  const workers: Worker[] = [];
  const events: WorkerEvents = new EventEmitter();
  events.on('worker:create', ({ worker }) => workers.push(worker));

  const runner = await run({
    pgPool: pool,
    taskList: options.tasks,
    concurrency: options.concurrency,
    noHandleSignals: true,
    // Jobs queued for now are announced; this is for those with a time of their own, and for a lost announcement.
    pollInterval: 1_000,
    logger: queueLogger(logger),
    events,
    // No cron file is looked for in the current folder.
    parsedCronItems: [],
  });

  return {
    ended: runner.promise,
    async stop(timeout) {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<'late'>((resolve) => {
        timer = setTimeout(resolve, timeout, 'late');
      });
      const outcome = await Promise.race([runner.stop().then(() => unused(pool)), late]);
      clearTimeout(timer);
      if (outcome !== 'late') return;

      // Jobs are locked in the name of the pool that all workers of a runner form.
      const pools = new Set(workers.map((worker) => worker.workerPool.id));
      await pool.query('select graphile_worker.force_unlock_workers($1::text[])', [[...pools]]);
      const busy = workers.filter((worker) => worker.getActiveJob() !== null);
      logger.warn({ jobs: busy.length }, 'jobs did not end in time and were released');
    },
  };
}

/**
 * Resolves once nobody uses or waits for a connection. The queue does not wait itself until it is written down
 * that the last jobs are done; a process that ended before would have them run again, hours later.
 */
async function unused(pool: Db['pool']): Promise<void> {
  while (pool.waitingCount > 0 || pool.idleCount < pool.totalCount) await wait(5);
}

/**
 * The queue's own lines. What it says of each job is said by the tasks, with more to it; and that jobs share
 * fewer connections than there are jobs is meant so.
 */
const queueLogger = (logger: Logger) =>
  new QueueLogger(() => (level, message, meta) => {
    const line = { component: 'queue', ...(meta?.error instanceof Error && { err: meta.error }) };
    const known = meta?.failure === true || message.includes('maxPoolSize');
    if (level === 'error' && !known) logger.error(line, message);
    else if (level === 'warning' && !known) logger.warn(line, message);
    else logger.debug(line, message);
  });
