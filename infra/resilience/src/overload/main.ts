import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { prepareService } from '@incidents/testing/processes/prepare-service';
import { runScenario } from '@incidents/testing/processes/run-scenario';
import { quantile } from '@incidents/testing/quantile';
import { buildIncident } from '../load/build-incident.ts';
import { formatTimes } from '../load/format-times.ts';
import { startDatabase } from '../postgres/start-database.ts';
import { checkStatistics } from './check-statistics.ts';

// Each client creates the next incident after a 201, and a second after any other answer.
const { values } = parseArgs({
  options: {
    connections: { type: 'string', default: '1000' },
    seconds: { type: 'string' },
    long: { type: 'boolean', default: false },
  },
});
const connections = Number(values.connections);
const seconds = Number(values.seconds ?? (values.long ? 60 : 10));

/** The 99th percentile of the creates that are accepted. */
const MAX_SERVED_MS = 3_000;
/** Time until a single client is served as without a load. */
const MAX_RECOVERY_MS = 10_000;
const MAX_IDLE_MS = 100;

interface Answer {
  status: number | undefined;
  took: number;
}

const body = JSON.stringify(buildIncident('Перегрузка'));

await runScenario(async (cleanup) => {
  const databaseUrl = await startDatabase(cleanup);
  const api = await prepareService(cleanup, 'api', 'api', {
    DATABASE_URL: databaseUrl,
    LOG_LEVEL: 'error',
    AUTH: 'off',
    RATE_LIMIT_WRITES: '0',
  });
  await api.start();

  const agent = new Agent({ keepAlive: true, maxSockets: connections, maxFreeSockets: connections });
  cleanup.add(() => agent.destroy());
  const sendRequest = (method: string, path: string) =>
    new Promise<Answer>((resolve) => {
      const began = performance.now();
      const answer = (status: number | undefined) => resolve({ status, took: performance.now() - began });
      const headers = { 'content-type': 'application/json' };
      const sent = request(new URL(path, api.url), { method, agent, headers }, (reply) => {
        reply.on('error', () => answer(undefined));
        reply.on('end', () => answer(reply.statusCode)).resume();
      });
      sent.on('error', () => answer(undefined));
      sent.end(method === 'POST' ? body : undefined);
    });
  const create = () => sendRequest('POST', '/incidents');

  // Node accepts one connection in each turn of its event loop. A busy server would let new connections wait for
  // seconds, so all of them are open before the load begins.
  await Promise.all(Array.from({ length: connections }, () => sendRequest('GET', '/healthz')));

  const answers: Answer[] = [];
  const until = performance.now() + seconds * 1_000;
  const client = async () => {
    while (performance.now() < until) {
      const answer = await create();
      answers.push(answer);
      if (answer.status !== 201) await sleep(1_000);
    }
  };
  await Promise.all(Array.from({ length: connections }, client));

  const ended = performance.now();
  let alone = await create();
  const isRecovered = () => alone.status === 201 && alone.took <= MAX_IDLE_MS;
  while (!isRecovered() && performance.now() - ended < MAX_RECOVERY_MS) {
    await sleep(50);
    alone = await create();
  }
  const recovery = performance.now() - ended;
  const statistics = await checkStatistics(databaseUrl, api.url);

  const served = answers.filter(({ status }) => status === 201).map(({ took }) => took);
  const refused = answers.filter(({ status }) => status === 503).length;
  const others = answers.length - served.length - refused;
  console.log(`${connections} connections for ${seconds} s
served     ${served.length} (${Math.round(served.length / seconds)}/s), ${formatTimes(served)}
refused    ${refused} with 503; otherwise ${others}
recovered  after ${Math.round(recovery)} ms
${statistics.line}`);
  return [
    quantile(served, 0.99) > MAX_SERVED_MS && 'accepted creates take too long',
    served.length === 0 && 'no create was accepted',
    others > 0 && 'there were other answers than 201 and 503',
    !isRecovered() && 'the service did not recover',
    ...api.deaths,
    ...statistics.failures,
  ];
});
