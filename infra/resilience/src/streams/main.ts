import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { CreatedApiKey, Incident } from '@incidents/contracts';
import { type LogLine, prepareService } from '@incidents/testing/processes/prepare-service';
import { runScenario } from '@incidents/testing/processes/run-scenario';
import { quantile } from '@incidents/testing/quantile';
import { buildIncident } from '../load/build-incident.ts';
import { callAtSteadyRate } from '../load/call-at-steady-rate.ts';
import { formatTimes } from '../load/format-times.ts';
import { startOwnPostgres } from '../postgres/own-postgres.ts';
import { readPeakMegabytes, readResidentMegabytes } from '../processes/process-memory.ts';
import { sendOrdinaryLoad } from './send-ordinary-load.ts';
import { openStreamReader, type StreamReader } from './stream-reader.ts';

// One API streams, another one takes the changes. Every reader gets each event once, also after its connection broke.
// The stream of a revoked key ends.
const { values } = parseArgs({ options: { long: { type: 'boolean', default: false } } });

const READERS = values.long ? 450 : 90;
const SILENT_CLIENTS = values.long ? 50 : 10;
const CHANGES = values.long ? 10_000 : 500;
const CHANGES_PER_SECOND = 50;
const MAX_GROWTH_MB = 100;
/** Without `--long`, a pause of one second delays more than 1 % of the events. */
const MAX_LAG_MS = values.long ? 1_000 : 3_000;
const MAX_REVOCATION_MS = 5_000;
/** Until the last events have arrived. */
const ARRIVAL_TIMEOUT_MS = 60_000;
/** A reader gets missed events late after a broken connection, so its lag does not count. */
const BREAKS_OFF = (index: number) => index % 3 === 0;

await runScenario(async (cleanup) => {
  const postgres = await startOwnPostgres(cleanup);
  const env = {
    DATABASE_URL: postgres.url,
    AUTH: 'keys',
    ADMIN_API_KEY: randomBytes(32).toString('base64url'),
    RATE_LIMIT_READS: '0',
    RATE_LIMIT_WRITES: '0',
  };
  const streaming = await prepareService(cleanup, 'api', 'streaming API', env);
  const writing = await prepareService(cleanup, 'api', 'writing API', { ...env, LOG_LEVEL: 'warn' });
  await streaming.start();
  await writing.start();
  const admin = { Authorization: `Bearer ${env.ADMIN_API_KEY}` };
  const change = createChanges(writing.url, admin);
  await change();

  const memoryIdle = readResidentMegabytes(streaming.child.pid);
  // Any load lets V8's young generation grow by about 100 MB. So it grows before the streams are measured.
  if (values.long) await sendOrdinaryLoad(streaming.url, admin);
  const memoryBefore = readResidentMegabytes(streaming.child.pid);
  const readers: StreamReader[] = [];
  for (let index = 0; index < READERS; index++) {
    const reader = await openStreamReader(streaming.url, admin);
    cleanup.add(() => reader.close());
    readers.push(reader);
  }
  const { id: keyId, key } = await createKey(writing.url, admin);
  const keyReader = await openStreamReader(streaming.url, { Authorization: `Bearer ${key}` });
  cleanup.add(() => keyReader.close());
  for (let index = 0; index < SILENT_CLIENTS; index++) {
    const socket = connect(Number(new URL(streaming.url).port), '127.0.0.1');
    socket.on('error', () => {});
    socket.pause();
    socket.write(
      `GET /incidents/stream HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${admin.Authorization}\r\n\r\n`,
    );
    cleanup.add(() => socket.destroy());
  }

  const failures: string[] = [];
  const changes = (count: number) => makeChanges(count, change, failures);
  await changes(CHANGES * 0.4);
  for (const [index, reader] of readers.entries()) if (BREAKS_OFF(index)) reader.breakOff();
  const changing = changes(CHANGES * 0.3);
  const revocationMs = await revokeKey(writing.url, admin, keyId, keyReader);
  await changing;
  const lags = readers.filter((_, index) => !BREAKS_OFF(index)).flatMap((reader) => reader.lags);
  const memory = readPeakMegabytes(streaming.child.pid);

  // Every reader connects again, to a process that knows none of them.
  await streaming.stop();
  const duringRestart = changes(CHANGES * 0.3);
  await streaming.start();
  await duringRestart;
  const rows = await postgres.query<{ id: string }>('select id from incident_events order by id offset 1');
  const expected = rows.map(({ id }) => Number(id));
  const began = performance.now();
  while (
    readers.some(({ received }) => received.length < expected.length) &&
    performance.now() - began < ARRIVAL_TIMEOUT_MS
  )
    await sleep(50);

  const incomplete = readers.filter(({ received }) => expected.some(hasNot(received))).length;
  const repeated = readers.filter(({ received }) => new Set(received).size < received.length).length;
  const resets = readers.reduce((sum, reader) => sum + reader.resets, 0);
  const reconnects = readers.reduce((sum, reader) => sum + reader.reconnects, 0);
  const afterRestart = readPeakMegabytes(streaming.child.pid);
  console.log(`events               ${expected.length}, each to ${READERS} readers; ${SILENT_CLIENTS} clients do not read
readers with a gap   ${incomplete}
with a repetition    ${repeated}
reconnects           ${reconnects}, all readers by an API restart
lag                  ${formatTimes(lags)}
revoked key          ${revocationMs === undefined ? 'its stream continued' : `its stream ended after ${Math.round(revocationMs)} ms`}
ends of streams      ${formatEnds(streaming.log)}
memory of the API    ${memoryIdle} MB idle, ${memoryBefore} MB before the streams, ${memory} MB at most; ${afterRestart} MB at most after the restart`);
  return [
    ...failures.slice(0, 5),
    incomplete > 0 && `${incomplete} readers missed events`,
    repeated > 0 && `${repeated} readers got an event twice`,
    resets > 0 && `${resets} streams began with reset`,
    reconnects < READERS && 'not every reader connected again',
    !(quantile(lags, 0.99) <= MAX_LAG_MS) && 'the lag is too long',
    revocationMs === undefined && 'the stream of the revoked key did not end in time',
    takesTooMuch(memoryBefore, memory),
    takesTooMuch(memoryIdle, afterRestart),
    ...streaming.deaths,
    ...writing.deaths,
  ];
});

function takesTooMuch(before: number, peak = 0): string | false {
  return peak - before > MAX_GROWTH_MB && `the API took ${peak - before} MB more`;
}

function hasNot(received: number[]): (id: number) => boolean {
  const ids = new Set(received);
  return (id) => !ids.has(id);
}

async function createKey(url: string, headers: Record<string, string>) {
  const reply = await fetch(`${url}/keys`, {
    method: 'POST',
    headers: { ...headers, 'Content-Type': 'application/json' },
    body: JSON.stringify({ name: 'revoked', scopes: ['incidents:read'] }),
  });
  return CreatedApiKey.parse(await reply.json());
}

/** @returns the milliseconds until the stream of `reader` has ended; undefined if it continues */
async function revokeKey(
  url: string,
  headers: Record<string, string>,
  id: number,
  reader: StreamReader,
): Promise<number | undefined> {
  const reply = await fetch(`${url}/keys/${id}`, { method: 'DELETE', headers });
  if (!reply.ok) throw new Error(`DELETE /keys/${id}: ${reply.status}`);
  const began = performance.now();
  const elapsed = () => performance.now() - began;
  while (reader.reconnects === 0 && elapsed() < MAX_REVOCATION_MS) await sleep(20);
  const hasEnded = reader.reconnects > 0;
  reader.close();
  return hasEnded ? elapsed() : undefined;
}

function formatEnds(log: LogLine[]): string {
  const counts = new Map<string, number>();
  for (const { msg, reason } of log) {
    if (msg === 'event stream ended') counts.set(String(reason), (counts.get(String(reason)) ?? 0) + 1);
  }
  return [...counts].map(([reason, count]) => `${count} ${reason}`).join(', ');
}

/** A report and then two changes of it, in turn. */
function createChanges(url: string, headers: Record<string, string>): () => Promise<void> {
  let count = 0;
  let latest: number | undefined;
  const send = async (method: string, path: string, body: object) => {
    const reply = await fetch(`${url}${path}`, {
      method,
      headers: { ...headers, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status}`);
    return Incident.parse(await reply.json());
  };
  return async () => {
    const turn = count++;
    if (turn % 3 === 0 || latest === undefined) {
      latest = (await send('POST', '/incidents/', buildIncident())).id;
    } else await send('PATCH', `/incidents/${latest}`, { text: `изменение ${turn}` });
  };
}

async function makeChanges(count: number, change: () => Promise<void>, failures: string[]): Promise<void> {
  const { promise: done, resolve } = Promise.withResolvers<void>();
  let made = 0;
  const calls = callAtSteadyRate(CHANGES_PER_SECOND, async () => {
    if (made >= count) return resolve();
    made += 1;
    await change().catch((error: unknown) => failures.push(String(error)));
  });
  await done;
  await calls.stop();
}
