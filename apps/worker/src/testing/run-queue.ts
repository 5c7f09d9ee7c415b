import type { Db } from '@incidents/db/client';
import { quietQueueLogger } from '@incidents/db/queue-logger';
import { eventually } from '@incidents/testing/eventually';
import { grantEndlessLease } from '@incidents/testing/fixtures/worker-pools';
import { runOnce, type TaskList } from 'graphile-worker';
import { expect } from 'vitest';

export async function runQueue(db: Db, tasks: TaskList): Promise<void> {
  await runOnce({
    pgPool: db.pool,
    taskList: tasks,
    concurrency: 1,
    noHandleSignals: true,
    logger: quietQueueLogger,
    preset: {
      plugins: [
        {
          name: 'keep-alive',
          worker: {
            hooks: {
              startWorker: async (_context, { worker }) =>
                void (await grantEndlessLease(db, worker.workerPool.id)),
            },
          },
        },
      ],
    },
  });
  // The queue records the end of a job asynchronously.
  await eventually(async () => {
    expect((await queuedJobs(db)).filter(({ locked }) => locked)).toEqual([]);
  });
}

export const addJob = (db: Db, job: { task: string; payload?: unknown; maxAttempts?: number }) =>
  db.pool.query('select graphile_worker.add_job($1, $2::json, max_attempts => $3::int)', [
    job.task,
    JSON.stringify(job.payload ?? {}),
    job.maxAttempts ?? 25,
  ]);

export interface QueuedJob {
  task: string;
  attempts: number;
  error: string | null;
  locked: boolean;
  due: boolean;
}

export async function queuedJobs(db: Db): Promise<QueuedJob[]> {
  const { rows } = await db.pool.query<QueuedJob>(
    `select task_identifier as task, attempts, last_error as error, locked_by is not null as locked, run_at <= now() as due
     from graphile_worker.jobs where task_identifier not like 'heartbeat:%' order by id`,
  );
  return rows;
}

export const makeDue = (db: Db) => db.pool.query('update graphile_worker._private_jobs set run_at = now()');
