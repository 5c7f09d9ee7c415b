import type { Queue, QueueDepth, Throughput } from '@incidents/contracts';
import { countDeliveries } from '@incidents/db/queries/delivery/count-deliveries';
import { countJobs, type JobsInState } from '@incidents/db/queries/job/queue-tables';
import { countRecentJobRuns, type RunCount } from '@incidents/db/queries/job-run/count-recent-job-runs';
import { selectLivePools } from '@incidents/db/queries/worker-pool/select-live-pools';
import type { Context } from '../context.ts';
import { memoizeFor } from '../memoize-for.ts';

/** Jobs, runs, waiting and failed deliveries that are counted, of each. */
const MAX_COUNTED = 100_000;
const HOUR_SECONDS = 3_600;

/** The state of the queue. Calls within two seconds share one reading. */
export const getQueue = ({ db }: Context): Promise<Queue> => shared(db);

const shared = memoizeFor(2_000, async (db: Context['db']): Promise<Queue> => {
  const [{ counted, jobs }, runs, deliveries, pools] = await Promise.all([
    countJobs(db, MAX_COUNTED),
    countRecentJobRuns(db, MAX_COUNTED),
    countDeliveries(db, MAX_COUNTED),
    selectLivePools(db),
  ]);
  const seconds = sum(runs.map((row) => row.runs)) < MAX_COUNTED ? HOUR_SECONDS : findLongest(runs);
  const tasks = [...new Set([...jobs, ...runs].map(({ task }) => task))].sort();
  return {
    exact: counted < MAX_COUNTED,
    ...toDepths(jobs),
    last_hour: toThroughput(runs, seconds),
    tasks: tasks.map((task) => ({
      task,
      ...toDepths(jobs.filter((row) => row.task === task)),
      last_hour: toThroughput(
        runs.filter((row) => row.task === task),
        seconds,
      ),
    })),
    deliveries,
    workers: pools.map(({ pool_id, name, concurrency, tasks, started_at }) => ({
      pool_id,
      name,
      concurrency,
      tasks,
      started_at,
      running: jobs
        .filter((row) => row.state === 'running' && row.pool_id === pool_id)
        .map(({ task, jobs, oldest_age_seconds }) => ({ task, jobs, oldest_age_seconds })),
    })),
  };
});

const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);
const findLongest = (rows: { oldest_age_seconds: number }[]) =>
  Math.max(...rows.map(({ oldest_age_seconds }) => oldest_age_seconds));

function toDepths(rows: JobsInState[]): Pick<Queue, JobsInState['state']> {
  const of = (state: JobsInState['state']): QueueDepth => {
    const found = rows.filter((row) => row.state === state);
    return {
      jobs: sum(found.map(({ jobs }) => jobs)),
      oldest_age_seconds: found.length > 0 ? findLongest(found) : null,
    };
  };
  return { waiting: of('waiting'), scheduled: of('scheduled'), running: of('running'), failed: of('failed') };
}

function toThroughput(rows: RunCount[], seconds: number): Throughput {
  const runs = sum(rows.map((row) => row.runs));
  const failed = sum(rows.map((row) => row.failed));
  const rounded = (number: number) => Math.round(number * 10_000) / 10_000;
  return {
    runs,
    failed,
    failure_rate: runs > 0 ? rounded(failed / runs) : null,
    per_second: seconds > 0 ? rounded(runs / seconds) : 0,
    seconds: rounded(seconds),
  };
}
