import { setTimeout as wait } from 'node:timers/promises';
import { onServer } from '@incidents/testing/postgres/template';
import type { Cleanup } from '@incidents/testing/processes/cleanup';
import { startChild } from '@incidents/testing/processes/start-child';
import * as z from 'zod';
import { epochMs } from './epoch-ms.ts';
import { NO_OP_TASKS } from './no-op-tasks.ts';
import { startMeter, type Usage } from './start-meter.ts';
import type { ServiceTarget } from './target.ts';

export interface NoOpRun extends Usage<'worker' | 'postgres'> {
  load: string;
  target: string;
  round: number;
  jobs: number;
  /** From the start of the first job until the queue is empty. */
  seconds: number;
}

const POLL_INTERVAL_MS = 5;
const DRAIN_TIMEOUT_MS = 120_000;

const Line = z.object({ msg: z.string(), at: z.number() });

export async function runNoOpLoad(
  cleanup: Cleanup,
  { databaseUrl, findProcesses }: ServiceTarget,
  jobs: number,
): Promise<Omit<NoOpRun, 'load' | 'target' | 'round'>> {
  let last = 0;
  await onServer(databaseUrl, async (client) => {
    await client.query(QUEUE_JOBS, [jobs, NO_OP_TASKS]);
    const { rows } = await client.query('select max(id)::int as id from graphile_worker._private_jobs');
    last = rows[0].id;
    await client.query('vacuum (analyze) graphile_worker._private_jobs');
  });
  const worker = startChild('infra/bench/src/no-op-worker.ts', [], {
    NODE_ENV: 'production',
    DATABASE_URL: databaseUrl,
    JOBS: String(jobs),
  });
  cleanup.add(() => worker.kill());
  const times = new Map<string, number>();
  worker.onLine((text) => {
    // Log lines come on the same stream.
    const line = Line.safeParse(JSON.parse(text));
    if (line.success) times.set(line.data.msg, line.data.at);
  });
  await worker.ready;
  const { api, postgres, redis } = findProcesses();
  const stopMeter = startMeter({ worker: [worker.pid], postgres, api, redis });
  for (const limit = Date.now() + DRAIN_TIMEOUT_MS; !times.has('last job'); await wait(POLL_INTERVAL_MS)) {
    if (worker.end !== undefined) throw new Error('the no-op worker ended');
    if (Date.now() > limit) throw new Error(`${jobs} no-op jobs were not done in time`);
  }
  await onServer(databaseUrl, async (client) => {
    const isDone = async () => (await client.query(HAS_JOBS, [last])).rows[0].waiting === false;
    for (const limit = Date.now() + DRAIN_TIMEOUT_MS; !(await isDone()); await wait(POLL_INTERVAL_MS)) {
      if (Date.now() > limit) throw new Error('the last no-op jobs stayed in the queue');
    }
  });
  const seconds = (epochMs() - (times.get('first job') ?? Number.NaN)) / 1_000;
  const usage = stopMeter();
  await worker.stop();
  return { jobs, seconds, ...usage };
}

const QUEUE_JOBS = `
  select count(*) from graphile_worker.add_jobs((
    select array_agg(json_populate_record(null::graphile_worker.job_spec, json_build_object(
      'identifier', ($2::text[])[1 + n % cardinality($2::text[])],
      'payload', json_build_object('incident_id', 1 + n / 3, 'event_id', 1 + n / 3, 'request_id', 'bench'),
      'max_attempts', 25
    ))) from generate_series(0, $1::int - 1) as n
  ))`;

/** Excludes heartbeat jobs: they are queued later. */
const HAS_JOBS = 'select exists (select from graphile_worker._private_jobs where id <= $1) as waiting';
