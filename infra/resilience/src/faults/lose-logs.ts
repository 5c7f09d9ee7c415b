import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Service } from '@incidents/testing/processes/prepare-service';
import { waitUntil } from '@incidents/testing/wait-until';
import { checkInvariants, formatSeconds } from './check-invariants.ts';
import { type Reporting, reportOnce, startReporting } from './reporting.ts';
import type { Result, ScenarioContext } from './scenario.ts';
import { startStack } from './stack.ts';

export interface LosableLog {
  fd: number;
  read(): string[];
}

export interface LogLoss {
  openLog(name: string): LosableLog;
  lose(): void;
  restore(): void;
}

const SHUTDOWN_TIMEOUT_SECONDS = 5;

/** Length of a log line that one request causes. */
const LINE_BYTES = 8_000;

/** More lines than a pipe and the log buffer hold. */
const FLOOD_LINES = 300;

/** The worker logs two kilobytes about each: together more than its log buffer holds. */
const FLOOD_INCIDENTS = 800;

/** For a probe, a message, and the count of dropped lines. */
const TIMEOUT_MS = 30_000;

/** Loses the logs of an API and a worker under load: first until they are restored, then until both have ended. */
export async function loseLogs({ long, cleanup, say }: ScenarioContext, loss: LogLoss): Promise<Result> {
  const logs: Record<string, LosableLog> = {
    'api 1': loss.openLog('api'),
    'worker 1': loss.openLog('worker'),
  };
  const stack = await startStack(cleanup, {
    shared: { LOG_LEVEL: 'debug', SHUTDOWN_TIMEOUT: String(SHUTDOWN_TIMEOUT_SECONDS) },
    stdout: Object.fromEntries(Object.entries(logs).map(([name, { fd }]) => [name, fd])),
  });
  const services = [...stack.apis, ...stack.workers];
  const [api] = stack.apis;
  if (api === undefined) throw new Error('there is no API');
  const failures: string[] = [];

  loss.lose();
  const lostAt = Date.now();
  const reporting = startReporting(stack);
  await flood(api.url);
  await sendUnreadable(api.url);
  if (long) await floodWorker(api.url, reporting);
  await sleep(1_500);
  const arrived = await waitUntil(() => reporting.measureRecovery(lostAt), TIMEOUT_MS);
  if (arrived === undefined) failures.push('no message arrived while the logs were lost');
  for (const service of services) {
    if (!(await isAlive(service))) failures.push(`${service.name}: /healthz failed while its log was lost`);
  }
  say(`logs are written again after ${formatSeconds(Date.now() - lostAt)}`);
  const restoredAt = Date.now();
  loss.restore();
  const counted = await waitUntil(() => countDroppedLines(logs['api 1']) > 0, TIMEOUT_MS);
  if (!counted) failures.push('the API did not log the number of dropped lines');
  if (long && !(await waitUntil(() => countDroppedLines(logs['worker 1']) > 0, TIMEOUT_MS)))
    failures.push('the worker did not log the number of dropped lines');
  // A recovery needs reports after this moment.
  await waitUntil(() => reporting.measureRecovery(restoredAt), TIMEOUT_MS);
  const result = await checkInvariants(stack, reporting, { drainSeconds: 90, recoverFrom: [restoredAt] });
  result.figures.unshift(
    ...Object.entries(logs).map(
      ([name, log]) => `${name}: ${countDroppedLines(log)} lines dropped and counted`,
    ),
  );

  loss.lose();
  await flood(api.url);
  const ends = await Promise.all(services.map(stopService));
  result.figures.unshift(ends.map(({ text }) => text).join('; '));
  result.failures.push(...failures, ...ends.filter(({ inTime }) => !inTime).map(({ text }) => text));
  loss.restore();
  return result;
}

/** Makes the API drop lines: each unknown path stands in its log. */
async function flood(apiUrl: string): Promise<void> {
  const path = `/${'x'.repeat(LINE_BYTES)}`;
  for (let sent = 0; sent < FLOOD_LINES; sent += 50) {
    await Promise.all(
      Array.from({ length: 50 }, async () => {
        const reply = await fetch(apiUrl + path, { signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(() => {});
        await reply?.arrayBuffer();
      }),
    );
  }
}

/** Makes the worker drop lines. */
async function floodWorker(apiUrl: string, { attempts }: Reporting): Promise<void> {
  for (let sent = 0; sent < FLOOD_INCIDENTS; sent += 20) {
    const texts = Array.from({ length: 20 }, (_, index) => `Авария потока ${sent + index}`);
    attempts.push(...(await Promise.all(texts.map((text) => reportOnce(apiUrl, text)))));
  }
}

/** Another code path logs bytes that are not HTTP. */
async function sendUnreadable(apiUrl: string): Promise<void> {
  const socket = connect(Number(new URL(apiUrl).port), '127.0.0.1');
  await new Promise<void>((resolve) => {
    socket.on('error', () => {}).on('close', () => resolve());
    socket.resume().end('no HTTP\r\n\r\n');
  });
}

const isAlive = ({ url }: Service): Promise<boolean> =>
  fetch(`${url}/healthz`, { signal: AbortSignal.timeout(TIMEOUT_MS) }).then(
    ({ status }) => status === 200,
    () => false,
  );

const countDroppedLines = (log: LosableLog | undefined): number =>
  (log?.read() ?? [])
    .filter((line) => line.includes('"log lines were dropped"'))
    .reduce((sum, line) => sum + JSON.parse(line).lines, 0);

async function stopService(service: Service): Promise<{ text: string; inTime: boolean }> {
  const begun = performance.now();
  const code = await service.stop();
  const took = performance.now() - begun;
  return {
    text: `${service.name} ended with ${code} ${formatSeconds(took)} after SIGTERM, its log lost`,
    inTime: code === 0 && took < SHUTDOWN_TIMEOUT_SECONDS * 1_000,
  };
}
