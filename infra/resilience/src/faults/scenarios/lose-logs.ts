import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Service } from '@incidents/testing/processes/prepare-service';
import { recoveryAfter } from '../accepted-incidents.ts';
import { seconds, settle } from '../invariants.ts';
import { startReporting } from '../reporting.ts';
import type { Result, Trial } from '../scenario.ts';
import { startStack } from '../stack.ts';

/** A log that can be lost. */
export interface LosableLog {
  fd: number;
  /** The lines that have arrived. */
  read(): string[];
}

/** Where logs go, and how they are lost. */
export interface LogLoss {
  openLog(name: string): LosableLog;
  lose(): void;
  restore(): void;
}

/** Seconds from SIGTERM. */
const SHUTDOWN_TIMEOUT = 5;

/** Bytes of a line that one request can make the API write. */
const LINE = 8_000;

/** Lines of that length that neither a pipe nor the buffer of a process holds. */
const FLOOD = 300;

/** Milliseconds that a probe, or a message to its recipient, may take; and the count, once logs are written again. */
const TIMEOUT_MS = 30_000;

/** Loses the logs of an API and a worker under load, twice: once until they are written again, once until both have ended. */
export async function loseLogs({ long, cleanup, say }: Trial, loss: LogLoss): Promise<Result> {
  const logs: Record<string, LosableLog> = {
    'api 1': loss.openLog('api'),
    'worker 1': loss.openLog('worker'),
  };
  const stack = await startStack(cleanup, {
    shared: { LOG_LEVEL: 'debug', SHUTDOWN_TIMEOUT: String(SHUTDOWN_TIMEOUT) },
    stdout: Object.fromEntries(Object.entries(logs).map(([name, { fd }]) => [name, fd])),
  });
  const { mail, bot } = stack;
  const services = [...stack.apis, ...stack.workers];
  const [api] = stack.apis;
  if (api === undefined) throw new Error('there is no API');
  const failures: string[] = [];

  loss.lose();
  const lostAt = Date.now();
  const reporting = startReporting([api.url]);
  await flood(api.url);
  await sendUnreadable(api.url);
  await sleep(long ? 40_000 : 1_500);
  const arrived = await until(() => {
    const delay = recoveryAfter(lostAt, reporting.attempts, [...mail.arrivals, ...bot.arrivals]);
    return delay !== undefined;
  });
  if (!arrived) failures.push('no message arrived while the logs were lost');
  for (const service of services) {
    if (!(await isAlive(service))) failures.push(`${service.name}: /healthz failed while its log was lost`);
  }
  say(`logs are written again after ${seconds(Date.now() - lostAt)}`);
  const restoredAt = Date.now();
  loss.restore();
  const counted = await until(() => droppedLines(logs['api 1']) > 0);
  if (!counted) failures.push('the API did not say how many lines it had dropped');
  if (long && !(await until(() => droppedLines(logs['worker 1']) > 0)))
    failures.push('the worker did not say how many lines it had dropped');
  const recovery = () => recoveryAfter(restoredAt, reporting.attempts, [...mail.arrivals, ...bot.arrivals]);
  // Only what is reported from now on can show it.
  await until(() => recovery() !== undefined);
  const result = await settle(stack, reporting, { drainSeconds: 90 }, () => [recovery()]);
  result.figures.unshift(
    ...Object.entries(logs).map(([name, log]) => `${name}: ${droppedLines(log)} lines dropped and counted`),
  );

  loss.lose();
  await flood(api.url);
  const ends = await Promise.all(services.map(endOf));
  result.figures.unshift(ends.map(({ text }) => text).join('; '));
  result.failures.push(...failures, ...ends.filter(({ inTime }) => !inTime).map(({ text }) => text));
  loss.restore();
  return result;
}

/** Makes the API drop lines: nothing is at these addresses, and each stands in the log. */
async function flood(apiUrl: string): Promise<void> {
  const path = `/${'x'.repeat(LINE)}`;
  for (let sent = 0; sent < FLOOD; sent += 50) {
    await Promise.all(
      Array.from({ length: 50 }, async () => {
        const reply = await fetch(apiUrl + path, { signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(() => {});
        await reply?.arrayBuffer();
      }),
    );
  }
}

/** What is no HTTP is logged as well, by another path. */
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

/** The sum of what a log says to be missing. */
const droppedLines = (log: LosableLog | undefined): number =>
  (log?.read() ?? [])
    .filter((line) => line.includes('"log lines were dropped"'))
    .reduce((sum, line) => sum + JSON.parse(line).lines, 0);

async function until(condition: () => boolean): Promise<boolean> {
  const end = performance.now() + TIMEOUT_MS;
  while (!condition() && performance.now() < end) await sleep(50);
  return condition();
}

async function endOf(service: Service): Promise<{ text: string; inTime: boolean }> {
  const begun = performance.now();
  const code = await service.stop();
  const took = performance.now() - begun;
  return {
    text: `${service.name} ended with ${code} ${seconds(took)} after SIGTERM, its log lost`,
    inTime: code === 0 && took < SHUTDOWN_TIMEOUT * 1_000,
  };
}
