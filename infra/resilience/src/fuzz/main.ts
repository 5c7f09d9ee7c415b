import { randomBytes, randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { prepareService } from '@incidents/testing/processes/prepare-service';
import { runScenario } from '@incidents/testing/processes/run-scenario';
import { startDatabase } from '../postgres/start-database.ts';
import { findLogProblems, hasLoggedErrors } from '../processes/log-problems.ts';
import { readResidentMegabytes } from '../processes/process-memory.ts';
import type { Failure } from './find-failure.ts';
import { fuzzConnections } from './fuzz-connections.ts';
import { fuzzOperation } from './fuzz-operation.ts';
import { KnownIds } from './known-ids.ts';
import { measureLatency } from './latency.ts';
import { type Operation, operations } from './operations.ts';
import { seedDatabase } from './seed-database.ts';
import { Tally } from './tally.ts';

// Each reply has to match openapi.json.
const { values } = parseArgs({
  options: {
    long: { type: 'boolean', default: false },
    runs: { type: 'string' },
    seed: { type: 'string' },
    operation: { type: 'string' },
  },
});
const runs = Number(values.runs ?? (values.long ? 20_000 : 2_000));
const seed = Number(values.seed ?? randomInt(2 ** 31));
const CONCURRENT_OPERATIONS = 6;
const CONNECTIONS = 8;
/** They run last: the other operations read and retry these rows. */
const LAST_OPERATIONS = ['deleteIncident', 'retryFailedDeliveries'];
const MAX_GROWTH_MB = 300;
/** The 99th percentile of ordinary requests afterwards. */
const MAX_LATENCY_MS = 100;

const apiEnv = {
  ADMIN_API_KEY: randomBytes(32).toString('base64url'),
  RATE_LIMIT_READS: '0',
  RATE_LIMIT_WRITES: '0',
  // A small heap makes garbage visible: only a leak outgrows it, and ends the process.
  NODE_OPTIONS: '--max-old-space-size=192',
};

await runScenario(async (cleanup) => {
  const chosen = operations.filter(({ id }) => values.operation === undefined || id === values.operation);
  if (chosen.length === 0) return [`there is no operation ${values.operation}`];
  console.log(`seed ${seed}, ${runs} requests of each of ${chosen.length} operations`);

  const databaseUrl = await startDatabase(cleanup);
  const known = new KnownIds();
  await seedDatabase(databaseUrl, Math.min(runs, 5_000), known);
  const env = { DATABASE_URL: databaseUrl, LOG_LEVEL: 'warn' };
  const api = await prepareService(cleanup, 'api', 'api', { ...env, ...apiEnv });
  const worker = await prepareService(cleanup, 'worker', 'worker', env);
  await Promise.all([api.start(), worker.start()]);

  const headers = { Authorization: `Bearer ${apiEnv.ADMIN_API_KEY}` };
  const target = { port: Number(new URL(api.url).port), headers };
  const context = { target, known, tally: new Tally(), seed, runs };
  const failures: Failure[] = [];
  const keep = (failure: Failure | undefined) => {
    if (failure) failures.push(failure);
  };
  const isAlive = () => api.child.end === undefined;
  const before = readResidentMegabytes(api.child.pid);
  const fuzzOperations = (waiting: Operation[]) =>
    Array.from({ length: CONCURRENT_OPERATIONS }, async () => {
      for (let next = waiting.shift(); next && isAlive(); next = waiting.shift())
        keep(await fuzzOperation(next, context));
    });
  const isLast = ({ id }: Operation) => LAST_OPERATIONS.includes(id);
  const connections = values.operation === undefined ? CONNECTIONS : 0;
  await Promise.all([
    ...Array.from({ length: connections }, async (_, index) =>
      keep(await fuzzConnections(index, Math.ceil(runs / connections), context)),
    ),
    ...fuzzOperations(chosen.filter((operation) => !isLast(operation))),
  ]);
  await Promise.all(fuzzOperations(chosen.filter(isLast)));
  const after = isAlive() ? readResidentMegabytes(api.child.pid) : 0;
  let latency = await measureLatency(target);
  // The machine may have paused; a slow API stays slow.
  if (latency > MAX_LATENCY_MS) latency = await measureLatency(target);
  const problems = findLogProblems([api, worker]);

  console.log(`\n${context.tally.table()}\n`);
  console.log(`memory of the API: ${before} MB before, ${after} MB after`);
  console.log(`p99 of ordinary requests afterwards: ${latency} ms`);
  for (const { text, times } of problems) console.log(`${times} × ${text}`);
  for (const { report } of failures) console.log(`\n${report}`);
  console.log(`\nseed ${seed}`);
  return [
    failures.length > 0 && failures.map(({ name }) => name).join(', '),
    ...api.deaths,
    ...worker.deaths,
    hasLoggedErrors(problems) && 'an error in the log',
    after - before > MAX_GROWTH_MB && `the API grew by more than ${MAX_GROWTH_MB} MB`,
    latency > MAX_LATENCY_MS && 'the API is slow afterwards',
  ];
});
