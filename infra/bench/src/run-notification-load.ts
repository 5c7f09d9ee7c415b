import { openSync } from 'node:fs';
import { devNull } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { Incident } from '@incidents/contracts';
import type { ChannelName } from '@incidents/db/tables/channel';
import type { Cleanup } from '@incidents/testing/processes/cleanup';
import { prepareService } from '@incidents/testing/processes/prepare-service';
import { quantile } from '@incidents/testing/quantile';
import { epochMs } from './epoch-ms.ts';
import type { LoadGenerator } from './load.ts';
import { fill, INCIDENT } from './scenarios.ts';
import type { MessageSinks } from './start-message-sinks.ts';
import { startMeter, type Usage } from './start-meter.ts';
import type { ServiceTarget } from './target.ts';

export interface NotificationRun extends Usage<'worker' | 'postgres'> {
  load: string;
  target: string;
  round: number;
  recipients: number;
  incidents: number;
  /** Distinct messages about waiting incidents. */
  messages: number;
  /** From the first message to the last. */
  seconds: number;
  /** Of both parts: messages that did not arrive in time, and duplicates. */
  missing: number;
  copies: number;
  /** From 201 until the message arrived at the last mailbox or chat, at a steady rate. */
  mail: Delays;
  chat: Delays;
}

/** Milliseconds; null without any message. */
export interface Delays {
  p50: number | null;
  p99: number | null;
}

export interface NotificationLoadSize {
  /** Mailboxes, and as many chats. */
  recipients: number;
  incidents: number;
  seconds: number;
}

const INCIDENTS_PER_SECOND = 20;
const RECORD_WAIT_MS = 1_000;
const DRAIN_TIMEOUT_MS = 240_000;
const STEADY_TIMEOUT_MS = 20_000;

const UNLIMITED = {
  TELEGRAM_CHAT_PER_SECOND: '1000',
  TELEGRAM_GROUP_PER_MINUTE: '60000',
  TELEGRAM_TOTAL_PER_SECOND: '1000',
  STORM_THRESHOLD: '1000000',
  STORM_WINDOW: '1',
};

export async function runNotificationLoad(
  cleanup: Cleanup,
  { generator, sinks, target }: { generator: LoadGenerator; sinks: MessageSinks; target: ServiceTarget },
  size: NotificationLoadSize,
): Promise<Omit<NotificationRun, 'load' | 'target' | 'round'>> {
  const { arrivals } = sinks;
  const { urls, key } = target;
  const { recipients } = size;
  const created = await generator.run({
    scenario: fill.name,
    urls,
    key,
    // Each connection sends at least one request.
    connections: Math.min(fill.connections, size.incidents),
    extent: { requests: size.incidents },
    incidents: [],
  });
  if (created.failures > 0) throw new Error(`${created.failures} of the waiting incidents were not created`);
  const incidents = created.successes;
  arrivals.clear();

  const worker = await prepareService(
    cleanup,
    'worker',
    'worker',
    {
      NODE_ENV: 'production',
      DATABASE_URL: target.databaseUrl,
      SMTP_URL: sinks.smtpUrl,
      MAIL_FROM: 'incidents@example.com',
      MAIL_TO: Array.from({ length: recipients }, (_, index) => `duty${index + 1}@example.com`).join(),
      TELEGRAM_BOT_TOKEN: '123456:bench',
      TELEGRAM_CHAT_IDS: Array.from({ length: recipients }, (_, index) => String(101 + index)).join(),
      TELEGRAM_API_ROOT: sinks.apiRoot,
      ...UNLIMITED,
    },
    openSync(devNull, 'w'),
  );
  await worker.start();
  const { api, postgres, redis } = target.findProcesses();
  const stopMeter = startMeter({ worker: [worker.child.pid], postgres, api, redis }, sinks.pid);
  const expected = 2 * recipients * incidents;
  await waitUntil(() => arrivals.messages >= expected, DRAIN_TIMEOUT_MS);
  const usage = stopMeter();

  await wait(RECORD_WAIT_MS);
  const { messages, copies, seconds: took } = arrivals;
  arrivals.clear();
  const answered = await createSteadily(target, size.seconds);
  const steady = 2 * recipients * answered.size;
  await waitUntil(() => arrivals.messages >= steady, STEADY_TIMEOUT_MS);
  const delays = (channel: ChannelName): Delays => {
    const all = [...answered].flatMap(([id, at]) => {
      const completedAt = arrivals.completedAt(channel, id, recipients);
      return completedAt === undefined ? [] : [completedAt - at];
    });
    return all.length === 0
      ? { p50: null, p99: null }
      : { p50: quantile(all, 0.5), p99: quantile(all, 0.99) };
  };
  const run = {
    recipients,
    incidents,
    messages,
    seconds: took,
    missing: Math.max(0, expected - messages) + Math.max(0, steady - arrivals.messages),
    copies: copies + arrivals.copies,
    mail: delays('email'),
    chat: delays('telegram'),
    ...usage,
  };
  await worker.stop();
  return run;
}

/** @returns the time of each 201 in milliseconds of Unix time, by incident id */
async function createSteadily({ urls, key }: ServiceTarget, seconds: number): Promise<Map<number, number>> {
  const create = async (): Promise<[number, number]> => {
    const reply = await fetch(`${urls[0]}/incidents/`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(key !== undefined && { authorization: `Bearer ${key}` }),
      },
      body: JSON.stringify(INCIDENT),
    });
    const at = epochMs();
    if (reply.status !== 201) throw new Error(`POST /incidents/ answered ${reply.status}`);
    return [Incident.pick({ id: true }).parse(await reply.json()).id, at];
  };
  const replies: Promise<[number, number]>[] = [];
  const began = performance.now();
  for (let index = 0; index < INCIDENTS_PER_SECOND * seconds; index++) {
    const due = began + (index * 1_000) / INCIDENTS_PER_SECOND;
    await wait(Math.max(0, due - performance.now()));
    const reply = create();
    reply.catch(() => {});
    replies.push(reply);
  }
  return new Map(await Promise.all(replies));
}

async function waitUntil(isDone: () => boolean, timeoutMs: number): Promise<void> {
  for (const end = performance.now() + timeoutMs; !isDone() && performance.now() < end; ) await wait(10);
}
