import { createDb, type DbOptions } from '@incidents/db/client';
import { announceReady, endOnSignal } from '@incidents/runtime/lifecycle';
import { createLogger } from '@incidents/runtime/logger';
import { readOrExit } from '@incidents/runtime/read-env';
import { readConfig } from '@incidents/worker/config';
import { createRunRecorder } from '@incidents/worker/run-recorder';
import { startRunner } from '@incidents/worker/runner';
import { epochMs } from './epoch-ms.ts';
import { NO_OP_TASKS } from './no-op-tasks.ts';

// The worker's runner with production options and tasks that do nothing: `DATABASE_URL=… node no-op-worker.ts`. It reads
// the environment of the worker. With JOBS=N it prints { msg, at } at the first and the N-th job; with JOB_TRACE=1 it prints
// { msg: "job started", incident_id } per job.

const config = readOrExit(readConfig);
const logger = createLogger({ service: 'worker', level: config.logLevel });
const onConnectionError = (error: Error) => logger.warn({ err: error }, 'a database connection broke');
const connection: DbOptions = {
  url: config.database.url,
  poolSize: config.database.poolSize,
  applicationName: 'incidents-worker',
  connectionTimeoutMs: 10_000,
  onConnectionError,
};
const db = createDb(connection);
const heartbeatDb = createDb({
  ...connection,
  poolSize: 1,
  applicationName: 'incidents-heartbeat',
  connectionTimeoutMs: 2_000,
  statementTimeoutMs: 2_000,
});
const recorder = createRunRecorder({ db: db.kysely, logger });

const printLine = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
const expected = Number(process.env.JOBS ?? 0);
const isTraced = process.env.JOB_TRACE === '1';
let jobs = 0;

async function doNothing(payload: unknown): Promise<void> {
  jobs += 1;
  if (isTraced)
    printLine({ msg: 'job started', incident_id: (payload as { incident_id?: number }).incident_id });
  if (expected > 0 && jobs === 1) printLine({ msg: 'first job', at: epochMs() });
  if (jobs === expected) printLine({ msg: 'last job', at: epochMs() });
}

const runner = await startRunner({
  db,
  heartbeatDb,
  tasks: Object.fromEntries(NO_OP_TASKS.map((name) => [name, doNothing])),
  concurrency: config.concurrency,
  abortAfterMs: config.shutdownTimeoutMs / 2,
  logger,
  onRun: recorder.record,
});
endOnSignal({
  logger,
  deadlineMs: config.shutdownTimeoutMs,
  async shutdown() {
    await runner.stop(config.shutdownTimeoutMs - 1_000);
    await recorder.close();
  },
});
// Unlike the worker, it has no supervisor.
void runner.ended.then(({ reason, error }) => {
  if (reason === 'it was stopped') return;
  logger.fatal({ err: error }, `the runner ended: ${reason}`);
  process.exit(1);
});
announceReady();
