import type { ChannelName } from '@incidents/db/tables/channel';
import type { Cleanup } from '@incidents/testing/processes/cleanup';
import { type Child, startChild } from '@incidents/testing/processes/start-child';
import * as z from 'zod';
import type { Arrival } from './accepted-incidents.ts';

export interface Recipient {
  env: Record<string, string>;
  /** All arrivals, duplicates included. */
  arrivals: Arrival[];
  goAway(): Promise<void>;
  comeBack(): Promise<void>;
  /** Stops the process: the system still accepts connections, and nothing answers. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  refuse(refusal: { text: string; times: number }): Promise<void>;
}

/** Milliseconds to a reply: long enough for a kill in the middle, short enough for 40 messages a second to one recipient. */
const LATENCY = ['--latency', '10'];
const Greeting = z.object({ url: z.url(), token: z.string().optional() });
const Message = z.object({ at: z.number(), text: z.string() });

export async function startMailServer(cleanup: Cleanup): Promise<Recipient> {
  const server = await startServer(cleanup, 'email', {
    file: 'packages/testing/src/mail/serve-fake-mail-server.ts',
    args: LATENCY,
  });
  return {
    ...server,
    env: {
      SMTP_URL: server.greeting.url,
      MAIL_FROM: 'incidents@example.com',
      MAIL_TO: 'duty@example.com',
    },
    refuse: async (refusal) => server.send({ code: 451, ...refusal }),
  };
}

/** A Bot API with one chat, without rate limits. */
export async function startBotApi(
  cleanup: Cleanup,
): Promise<Recipient & { hang(): Promise<void>; flood(seconds: number): Promise<void> }> {
  const server = await startServer(cleanup, 'telegram', {
    file: 'packages/testing/src/telegram/serve-fake-bot-api.ts',
    args: ['--announce', ...LATENCY],
  });
  const { url, token = '' } = server.greeting;
  const script = async (step: object) => {
    await fetch(`${url}/script`, { method: 'POST', body: JSON.stringify([step]) });
  };
  return {
    ...server,
    env: {
      TELEGRAM_BOT_TOKEN: token,
      TELEGRAM_CHAT_IDS: '101',
      TELEGRAM_API_ROOT: url,
      TELEGRAM_CHAT_PER_SECOND: '1000',
      TELEGRAM_GROUP_PER_MINUTE: '60000',
      TELEGRAM_TOTAL_PER_SECOND: '1000',
    },
    refuse: ({ text, times }) => script({ answer: { kind: 'refuse', code: 500, description: text }, times }),
    hang: () => script({ answer: { kind: 'hang' } }),
    flood: (seconds) => script({ answer: { kind: 'flood', retryAfter: seconds } }),
  };
}

async function startServer(
  cleanup: Cleanup,
  channel: ChannelName,
  { file, args }: { file: string; args: string[] },
) {
  const arrivals: Arrival[] = [];
  let child: Child;
  const start = async (more: string[]) => {
    child = startChild(file, [...args, ...more], {});
    cleanup.add(() => child.kill());
    const greeting = Greeting.parse(JSON.parse(await child.firstLine));
    child.onLine((line) => {
      const { at, text } = Message.parse(JSON.parse(line));
      // The first number of a message is that of its incident.
      const incident = Number(/№(\d+)/.exec(text)?.[1]);
      arrivals.push({ channel, at, incident, isEscalation: text.includes('эскалация') });
    });
    return greeting;
  };
  const greeting = await start([]);
  return {
    greeting,
    arrivals,
    send: (message: object) => child.send(message),
    goAway: () => child.kill(),
    freeze: async () => void process.kill(child.pid, 'SIGSTOP'),
    thaw: async () => void process.kill(child.pid, 'SIGCONT'),
    async comeBack() {
      await start(['--port', new URL(greeting.url).port]);
    },
  };
}
