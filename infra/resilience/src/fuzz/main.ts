import { randomBytes, randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { startPostgres } from '@incidents/testing/postgres/start-postgres';
import { createTemplate, databaseUrl } from '@incidents/testing/postgres/template';
import { freePort } from '@incidents/testing/processes/free-port';
import { type Child, startChild } from '@incidents/testing/processes/start-child';
import * as z from 'zod';
import { residentMegabytes } from '../processes/process-memory.ts';
import type { Target } from './client.ts';
import type { Failure } from './find-failure.ts';
import { fuzzConnections } from './fuzz-connections.ts';
import { fuzzOperation } from './fuzz-operation.ts';
import { KnownIds } from './known-ids.ts';
import { measureLatency } from './latency.ts';
import { operations } from './operations.ts';
import { seedDatabase } from './seed-database.ts';
import { Tally } from './tally.ts';

// Sends valid, mutated and hostile requests of every operation of openapi.json, and bytes that are no requests, to a
// built API with a built worker beside it: `pnpm resilience fuzz [--long] [--runs 2000] [--seed N]
// [--operation createIncident]`. Ends with 1 when a reply is not as the document says, or the process suffered.
const { values } = parseArgs({
  options: {
    /** Ten times as many requests. */
    long: { type: 'boolean', default: false },
    /** Requests of each operation. */
    runs: { type: 'string' },
    /** That of another run, to send the same again. */
    seed: { type: 'string' },
    /** Only this one. */
    operation: { type: 'string' },
  },
});
const runs = Number(values.runs ?? (values.long ? 20_000 : 2_000));
const seed = Number(values.seed ?? randomInt(2 ** 31));
/** How many operations are tried at the same time. */
const LANES = 6;
/** How many connections for bytes that are no requests are open at the same time. */
const CONNECTIONS = 8;
/** Megabytes that the API's process may grow by. */
const MOST_GROWTH = 300;
/** Milliseconds within which 99 of 100 requests are answered afterwards. */
const STILL_QUICK = 100;

const apiEnv = {
  ADMIN_API_KEY: randomBytes(32).toString('base64url'),
  // Without limits: what is looked for is behind them.
  RATE_LIMIT_READS: '0',
  RATE_LIMIT_WRITES: '0',
  // Garbage stays as long as there is memory for it; what does not fit into this is a leak, and ends the process.
  NODE_OPTIONS: '--max-old-space-size=192',
};
/** What every request carries. */
const headers: Target['headers'] = { Authorization: `Bearer ${apiEnv.ADMIN_API_KEY}` };

const began = Date.now();
const elapsed = () => ((Date.now() - began) / 1_000).toFixed(1);
const say = (line: string) => console.log(line);

const cleanUp: (() => Promise<unknown>)[] = [];
let ending: Promise<void> | undefined;
/** Once, whoever asks for it: a signal, or the end of the run that it has broken. */
function end(): Promise<void> {
  ending ??= (async () => {
    for (const step of cleanUp.reverse()) await step();
  })();
  return ending;
}

async function run(): Promise<boolean> {
  const chosen = operations.filter(({ id }) => values.operation === undefined || id === values.operation);
  if (chosen.length === 0) throw new Error(`there is no operation ${values.operation}`);
  say(`seed ${seed}, ${runs} requests of each of ${chosen.length} operations`);

  const server = await startPostgres();
  cleanUp.push(() => server.stop());
  const database = await createTemplate(server.url);
  cleanUp.push(() => database.drop());
  const url = databaseUrl(server.url, database.name);
  const known = new KnownIds();
  await seedDatabase(url, Math.min(runs, 5_000), known);

  const port = await freePort();
  const start = (app: 'api' | 'worker', env: Record<string, string>) => {
    const child = startChild(`apps/${app}/dist/main.js`, [], {
      DATABASE_URL: url,
      LOG_LEVEL: 'warn',
      ...env,
    });
    cleanUp.push(() => child.stop());
    return child;
  };
  const api = start('api', { PORT: String(port), ...apiEnv });
  const worker = start('worker', {});
  const troubles = [troublesOf('api', api), troublesOf('worker', worker)];
  await Promise.all([api.ready, worker.ready]);

  say(`${elapsed()} s: API and worker are ready`);
  const target = { port, headers };
  const trial = { target, known, tally: new Tally(), seed, runs };
  const connections = values.operation === undefined ? CONNECTIONS : 0;
  const waiting = chosen.map((operation) => () => fuzzOperation(operation, trial));
  const failures: Failure[] = [];
  const before = residentMegabytes(api.pid);
  const lane = async () => {
    for (let next = waiting.shift(); next && api.end === undefined; next = waiting.shift()) {
      const failure = await next();
      if (failure) failures.push(failure);
    }
  };
  const beside = Array.from({ length: connections }, async (_, index) => {
    const failure = await fuzzConnections(index, Math.ceil(runs / connections), trial);
    if (failure) failures.push(failure);
  });
  await Promise.all([...beside, ...Array.from({ length: LANES }, lane)]);
  say(`${elapsed()} s: all sent`);
  const after = api.end === undefined ? residentMegabytes(api.pid) : 0;
  const latency = await measureLatency(target);

  say(`\n${trial.tally.table()}\n`);
  say(`the API, process ${api.pid} throughout: ${before} MB of memory before, ${after} MB after`);
  say(`afterwards 99 of 100 requests take at most ${latency} ms`);
  for (const [trouble, count] of troubles.flatMap((of) => [...of])) say(`${count} × ${trouble}`);
  for (const { report } of failures) say(`\n${report}`);

  const whatFailed = [
    failures.length > 0 && `${failures.map(({ name }) => name).join(', ')}`,
    api.end !== undefined && `the API ended with ${api.end.code ?? api.end.signal}`,
    worker.end !== undefined && `the worker ended with ${worker.end.code ?? worker.end.signal}`,
    troubles.some((of) => [...of.keys()].some((trouble) => /: (error|fatal): /.test(trouble))) &&
      'an error in the log',
    after - before > MOST_GROWTH && `the API grew by more than ${MOST_GROWTH} MB`,
    latency > STILL_QUICK && 'the API is slow afterwards',
  ].filter((failure) => failure !== false);
  say(
    `\n${elapsed()} s, seed ${seed}: ${whatFailed.length === 0 ? 'held' : `FAILED: ${whatFailed.join('; ')}`}`,
  );
  return whatFailed.length === 0;
}

/** Lines of the log that are above info, and how often each was written. */
function troublesOf(name: string, child: Child): Map<string, number> {
  const troubles = new Map<string, number>();
  child.onLine((line) => {
    const Line = z.looseObject({
      level: z.string(),
      msg: z.string(),
      err: z.looseObject({ message: z.string() }).optional(),
    });
    const { level, msg, err } = Line.parse(JSON.parse(line));
    const trouble = `${name}: ${level}: ${msg}${err === undefined ? '' : ` (${err.message})`}`;
    troubles.set(trouble, (troubles.get(trouble) ?? 0) + 1);
  });
  return troubles;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => end().finally(() => process.exit(1)));
}
try {
  process.exitCode = (await run()) ? 0 : 1;
} finally {
  await end();
}
