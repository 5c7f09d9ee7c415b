import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startPostgres } from '@incidents/testing/postgres/start-postgres';
import { createTemplate, databaseUrl } from '@incidents/testing/postgres/template';
import { freePort } from '@incidents/testing/processes/free-port';
import { startChild } from '@incidents/testing/processes/start-child';
import { askStatistics } from './ask-statistics.ts';

// Far more clients than the built API can serve, each of which reports the next incident as soon as it has an answer
// (after a 503 as soon as it was told to): `pnpm resilience overload [--connections 1000] [--seconds 10]
// [--long]`; afterwards the statistics of 60,000 sources. Ends with 1 when those that are served wait too long, or the
// service does not recover.
const { values } = parseArgs({
  options: {
    connections: { type: 'string', default: '1000' },
    seconds: { type: 'string' },
    /** A minute. */
    long: { type: 'boolean', default: false },
  },
});
const connections = Number(values.connections);
const seconds = Number(values.seconds ?? (values.long ? 60 : 10));

/** Milliseconds within which 99 of 100 of those that are served have their answer. */
const SERVED_WITHIN = 3_000;
/** Milliseconds after the last of them within which a single client is served as if nothing had been. */
const RECOVERS_WITHIN = 10_000;
/** Milliseconds that a single client waits when all is well, at most. */
const WELL = 100;

/** One answer, and how many milliseconds it took; a connection that broke has no status. */
interface Answer {
  status: number | undefined;
  took: number;
}

const cleanUp: (() => Promise<unknown>)[] = [];
const body = JSON.stringify({ text: 'Перегрузка', description: 'учебная тревога', source: 'monitoring' });

async function run(): Promise<boolean> {
  const server = await startPostgres();
  cleanUp.push(() => server.stop());
  const database = await createTemplate(server.url);
  cleanUp.push(() => database.drop());
  const port = await freePort();
  const api = startChild('apps/api/dist/main.js', [], {
    DATABASE_URL: databaseUrl(server.url, database.name),
    PORT: String(port),
    LOG_LEVEL: 'error',
    AUTH: 'off',
    RATE_LIMIT_WRITES: '0',
  });
  cleanUp.push(() => api.stop());
  await api.ready;

  const agent = new Agent({ keepAlive: true, maxSockets: connections, maxFreeSockets: connections });
  cleanUp.push(async () => agent.destroy());
  const ask = (method: string, path: string) =>
    new Promise<Answer>((resolve) => {
      const began = performance.now();
      const answer = (status: number | undefined) => resolve({ status, took: performance.now() - began });
      const asked = request(
        { port, path, method, agent, headers: { 'content-type': 'application/json' } },
        (reply) => {
          reply.on('error', () => answer(undefined));
          reply.on('end', () => answer(reply.statusCode)).resume();
        },
      );
      asked.on('error', () => answer(undefined));
      asked.end(method === 'POST' ? body : undefined);
    });
  const report = () => ask('POST', '/incidents');

  // Node accepts one connection in each turn of its event loop: those who come to a server that is busy already wait
  // for that, some of them for seconds, whatever it does with their requests. Here everybody is there when it begins.
  await Promise.all(Array.from({ length: connections }, () => ask('GET', '/healthz')));

  const answers: Answer[] = [];
  const until = performance.now() + seconds * 1_000;
  const client = async () => {
    while (performance.now() < until) {
      const answer = await report();
      answers.push(answer);
      if (answer.status !== 201) await sleep(1_000);
    }
  };
  await Promise.all(Array.from({ length: connections }, client));

  const over = performance.now();
  let alone = await report();
  while ((alone.status !== 201 || alone.took > WELL) && performance.now() - over < RECOVERS_WITHIN) {
    await sleep(50);
    alone = await report();
  }
  const recovery = performance.now() - over;
  const statistics = await askStatistics(databaseUrl(server.url, database.name), port);

  const took = answers
    .filter(({ status }) => status === 201)
    .map((answer) => answer.took)
    .sort((a, b) => a - b);
  const share = (part: number) => Math.round(took[Math.floor((took.length - 1) * part)] ?? Number.NaN);
  const count = (wanted: number | undefined) => answers.filter(({ status }) => status === wanted).length;
  const others = answers.length - count(201) - count(503);
  console.log(`${connections} connections for ${seconds} s
served     ${count(201)} (${Math.round(count(201) / seconds)}/s), half of them within ${share(0.5)} ms, 99 of 100 within ${share(0.99)} ms
refused    ${count(503)} with 503; otherwise ${others}
recovered  after ${Math.round(recovery)} ms
${statistics.line}`);
  const failures = [
    share(0.99) > SERVED_WITHIN && 'those that are served wait too long',
    took.length === 0 && 'nobody was served',
    others > 0 && 'there were other answers than 201 and 503',
    (alone.status !== 201 || alone.took > WELL) && 'the service did not recover',
    api.end !== undefined && 'the API ended',
    ...statistics.failures,
  ].filter((failure) => failure !== false);
  for (const failure of failures) console.log(`FAILED: ${failure}`);
  return failures.length === 0;
}

try {
  process.exitCode = (await run()) ? 0 : 1;
} finally {
  for (const end of cleanUp.reverse()) await end();
}
