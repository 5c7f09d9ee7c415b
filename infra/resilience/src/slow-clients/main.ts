import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Cleanup } from '@incidents/testing/processes/cleanup';
import { prepareService } from '@incidents/testing/processes/prepare-service';
import { runScenario } from '@incidents/testing/processes/run-scenario';
import { quantile } from '@incidents/testing/quantile';
import { formatTimes } from '../load/format-times.ts';
import { startOwnPostgres } from '../postgres/own-postgres.ts';
import { findHaproxy, startHaproxy } from '../processes/haproxy.ts';
import { readPeakMegabytes } from '../processes/process-memory.ts';
import { countStoredAfterHangUp } from './count-stored-after-hang-up.ts';
import { exhaustFiles } from './exhaust-files.ts';
import { ASSET, ASSETS, connectGreedyClients, countEnded, kinds } from './greedy-clients.ts';
import { connectSlowClient, type SlowClient } from './slow-client.ts';
import { startSteadyClient } from './steady-client.ts';

// The run takes as long as the API's own time limits: half a minute.
const { values } = parseArgs({
  options: {
    long: { type: 'boolean', default: false },
    headers: { type: 'string', default: '1000' },
    bodies: { type: 'string', default: '200' },
    pages: { type: 'string', default: '0' },
  },
});

/** Time until the connection of a slow client is closed. */
const CLOSED_WITHIN_MS = { headers: 15_000, body: 35_000 };
/** Time until a client that does not read is cut off, and until it notices that when it reads. */
const CUT_OFF_WITHIN_MS = 22_000;
const NOTICED_WITHIN_MS = 3_000;
/** The memory of a container in docker-compose.yml, and the heap that Node.js takes of it. */
const CONTAINER_MB = 512;
const HEAP_MB = 256;
/** The 99th percentile of ordinary requests. */
const MAX_ORDINARY_MS = 100;
const PER_SECOND = 50;
const ALONE_MS = 3_000;
/** Connections opened at once: more than the accept queue holds would measure the system. */
const CONNECTIONS_AT_ONCE = 50;

await runScenario(async (cleanup) => {
  const postgres = await startOwnPostgres(cleanup);
  const api = await prepareService(cleanup, 'api', 'api', {
    DATABASE_URL: postgres.url,
    LOG_LEVEL: 'error',
    AUTH: 'off',
    RATE_LIMIT_READS: '0',
    RATE_LIMIT_WRITES: '0',
    NODE_OPTIONS: `--max-old-space-size=${HEAP_MB}`,
  });
  await api.start();
  const port = Number(new URL(api.url).port);
  await postgres.query(
    `insert into incidents (text, description, source, created_at)
     select 'old', repeat('x', 1000), 'monitoring', now() - interval '1 day' from generate_series(1, 10000)`,
  );
  const asset = await fetch(`${api.url}${ASSET}`).then((reply) => reply.arrayBuffer());

  const ordinary = startSteadyClient(port, PER_SECOND);
  cleanup.add(() => ordinary.stop());
  await sleep(ALONE_MS);
  const alone = ordinary.collect();

  const connect = async (count: number, slowWith: keyof typeof CLOSED_WITHIN_MS) => {
    const clients: SlowClient[] = [];
    for (let index = 0; index < count; index++) {
      const client = connectSlowClient(port, slowWith);
      cleanup.add(() => client.giveUp());
      clients.push(client);
      if (index % CONNECTIONS_AT_ONCE === CONNECTIONS_AT_ONCE - 1) await sleep(50);
    }
    return clients;
  };
  const slow = {
    body: await connect(Number(values.bodies), 'body'),
    headers: await connect(Number(values.headers), 'headers'),
  };
  const slowEnded = Promise.all([
    waitForClose(slow.headers, CLOSED_WITHIN_MS.headers),
    waitForClose(slow.body, CLOSED_WITHIN_MS.body),
  ]);

  const proxy = values.long ? await startProxy(cleanup, api.url) : undefined;
  const greedy = {
    unread: [
      ...(await connectGreedyClients(cleanup, port, kinds.sentAhead, 1)),
      ...(await connectGreedyClients(cleanup, proxy ?? port, kinds.unreadAssets, values.long ? 900 : 100)),
      ...(await connectGreedyClients(cleanup, port, kinds.unreadPages, Number(values.pages))),
    ],
    unfinished: await connectGreedyClients(cleanup, port, kinds.unfinishedBodies, 1_000),
    slowReaders: await connectGreedyClients(cleanup, port, kinds.slowReaders, 20),
  };
  const began = performance.now();
  // Half a gigabyte arrives meanwhile: ordinary requests may wait, and none may fail.
  await waitForSteadyCount(() => greedy.unfinished.filter(({ status }) => status !== undefined).length);
  const stormy = ordinary.collect();
  const [headers, body] = await slowEnded;
  await sleep(Math.max(0, began + CUT_OFF_WITHIN_MS - performance.now()));
  const beside = ordinary.collect();
  await ordinary.stop();

  const cut = await countEnded(greedy.unread, NOTICED_WITHIN_MS);
  const refused = greedy.unfinished.filter(({ status }) => status === '503').length;
  await waitForSteadyCount(() => greedy.slowReaders.reduce((sum, { received }) => sum + received, 0));
  const whole = greedy.slowReaders.filter(({ received }) => received > ASSETS * asset.byteLength).length;
  const peak = readPeakMegabytes(api.child.pid);
  for (const { giveUp } of Object.values(greedy).flat()) giveUp();
  const stopped = values.long ? 30_000 : 2_000;
  const stored = await countStoredAfterHangUp(cleanup, { api, postgres, clients: 401, stopped });
  const withoutFiles = await exhaustFiles(api);
  console.log(`slow headers   ${headers.line}
slow bodies    ${body.line}
large bodies without an end   ${greedy.unfinished.length}, of them ${refused} refused with 503
clients that do not read      ${greedy.unread.length}, of them ${cut} cut off
clients that read slowly      ${greedy.slowReaders.length}, of them ${whole} with all of ${ASSETS} assets
memory of the API             ${peak ?? 'unknown'} MB at most
reports of clients that had gone when the API went on after ${stopped / 1_000} s   401, of them ${stored} stored
more connections than files   ${withoutFiles === undefined ? 'not run' : 'tried'}
ordinary requests, alone    ${alone.took.length}; ${formatTimes(alone.took)}
ordinary requests, in the storm   ${stormy.took.length}; ${formatTimes(stormy.took)}
ordinary requests, beside   ${beside.took.length}; ${formatTimes(beside.took)}`);
  return [
    headers.open > 0 && `${headers.open} connections with slow headers were open for too long`,
    body.open > 0 && `${body.open} connections with slow bodies were open for too long`,
    cut < greedy.unread.length && `${greedy.unread.length - cut} clients that do not read were not cut off`,
    whole < greedy.slowReaders.length && 'clients that read slowly did not get everything',
    stored > 0 && `${stored} incidents of clients that had gone were stored`,
    ...(withoutFiles ?? []),
    peak !== undefined && peak >= CONTAINER_MB && `the API had ${peak} MB of memory`,
    !(quantile(beside.took, 0.99) < MAX_ORDINARY_MS) && 'ordinary requests waited',
    ...[...alone.problems, ...stormy.problems, ...beside.problems].slice(0, 5),
    ...api.deaths,
  ];
});

/** Resolves when the count has not changed for a second. */
async function waitForSteadyCount(count: () => number): Promise<void> {
  let before: number;
  do {
    before = count();
    await sleep(1_000);
  } while (count() !== before);
}

async function startProxy(cleanup: Cleanup, url: string): Promise<number> {
  const program = findHaproxy();
  if (program === undefined)
    throw new Error('haproxy is not installed (Debian, Ubuntu: apt install haproxy)');
  const { port } = await startHaproxy(cleanup, program, { api: new URL(url).host });
  return port;
}

async function waitForClose(clients: SlowClient[], within: number) {
  const took: number[] = [];
  const all = Promise.all(clients.map((client) => client.closed.then((after) => void took.push(after))));
  await Promise.race([all, sleep(within + 1_000, undefined, { ref: false })]);
  const inTime = took.filter((after) => after <= within);
  const seconds = (part: number) => `${(quantile(took, part) / 1_000).toFixed(1)} s`;
  const statuses = Object.entries(Object.groupBy(clients, ({ status }) => status ?? 'no answer'));
  return {
    open: clients.length - inTime.length,
    line: `${inTime.length} of ${clients.length} closed within ${within / 1_000} s; after ${seconds(0)}, ${seconds(0.5)}, ${seconds(1)} (first, median, last); statuses ${statuses
      .map(([status, those]) => `${status} × ${those?.length}`)
      .join(', ')}`,
  };
}
