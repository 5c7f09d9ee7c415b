import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startOwnPostgres } from './faults/own-postgres.ts';
import { prepareService } from './faults/service.ts';
import { quantile } from './quantile.ts';
import { runTrial } from './run-trial.ts';
import { connectSlowClient, type SlowClient } from './slow-clients/slow-client.ts';
import { type Seen, startSteadyClient } from './slow-clients/steady-client.ts';

// Clients that send a byte a second and never come to an end, to the built API, beside one that asks in the ordinary
// way: `node infra/testing/src/slow-clients.ts [--headers 1000] [--bodies 200]`. It takes as long as the API's own
// time limits, half a minute. Ends with 1 when a slow client is not cut off in time, or the ordinary one notices.
const { values } = parseArgs({
  options: {
    /** Connections that are slow with their headers. */
    headers: { type: 'string', default: '1000' },
    /** Connections that are slow with their body. */
    bodies: { type: 'string', default: '200' },
  },
});

/** Milliseconds within which the connection of a slow client has to be closed. */
const CLOSED_WITHIN = { headers: 15_000, body: 35_000 };
/** Milliseconds within which 99 of 100 ordinary requests have to be answered. */
const ANSWERED_WITHIN = 100;
const PER_SECOND = 50;
/** Milliseconds for which the ordinary client is alone at first. */
const ALONE = 3_000;
/** Slow clients that connect at once; more than the system keeps waiting would only measure the system. */
const AT_ONCE = 50;

await runTrial(async (cleanup) => {
  const postgres = await startOwnPostgres(cleanup);
  const api = await prepareService(cleanup, 'api', 'api', {
    DATABASE_URL: postgres.url,
    LOG_LEVEL: 'error',
    AUTH: 'off',
    RATE_LIMIT_READS: '0',
    RATE_LIMIT_WRITES: '0',
  });
  await api.start();
  const port = Number(new URL(api.url).port);

  const ordinary = startSteadyClient(port, PER_SECOND);
  cleanup.add(() => ordinary.stop());
  await sleep(ALONE);
  const before = ordinary.collect();

  const connect = async (count: number, slowWith: keyof typeof CLOSED_WITHIN) => {
    const clients: SlowClient[] = [];
    for (let index = 0; index < count; index++) {
      const client = connectSlowClient(port, slowWith);
      cleanup.add(() => client.giveUp());
      clients.push(client);
      if (index % AT_ONCE === AT_ONCE - 1) await sleep(50);
    }
    return clients;
  };
  const slow = {
    body: await connect(Number(values.bodies), 'body'),
    headers: await connect(Number(values.headers), 'headers'),
  };
  const [headers, body] = await Promise.all([
    closedIn(slow.headers, CLOSED_WITHIN.headers),
    closedIn(slow.body, CLOSED_WITHIN.body),
  ]);
  const during = ordinary.collect();

  console.log(`slow headers   ${headers.line}
slow bodies    ${body.line}
ordinary requests, alone    ${inWords(before)}
ordinary requests, beside   ${inWords(during)}`);
  return [
    headers.open > 0 && `${headers.open} connections with slow headers were open for too long`,
    body.open > 0 && `${body.open} connections with slow bodies were open for too long`,
    !(quantile(during.took, 0.99) < ANSWERED_WITHIN) && 'ordinary requests waited',
    ...[...before.troubles, ...during.troubles].slice(0, 5),
    api.child.end !== undefined && 'the API ended',
  ].filter((missed) => missed !== false);
});

/** Waits for the end of all of them, or until it is too late for those that are left. */
async function closedIn(clients: SlowClient[], within: number) {
  const took: number[] = [];
  const all = Promise.all(clients.map((client) => client.closed.then((after) => void took.push(after))));
  await Promise.race([all, sleep(within + 1_000, undefined, { ref: false })]);
  const inTime = took.filter((after) => after <= within);
  const seconds = (part: number) => `${(quantile(took, part) / 1_000).toFixed(1)} s`;
  const told = Object.entries(Object.groupBy(clients, ({ status }) => status ?? 'no answer'));
  return {
    open: clients.length - inTime.length,
    line: `${inTime.length} of ${clients.length} closed within ${within / 1_000} s; after ${seconds(0)}, ${seconds(0.5)}, ${seconds(1)} (first, middle, last); told ${told
      .map(([status, those]) => `${status} × ${those?.length}`)
      .join(', ')}`,
  };
}

function inWords({ took }: Seen): string {
  const [middle, most, slowest] = [0.5, 0.99, 1].map((part) => `${quantile(took, part).toFixed(1)} ms`);
  return `${took.length}; ${middle}, ${most}, ${slowest} (middle, 99 of 100, slowest)`;
}
