import {
  closeMailServersAfterEach,
  type MailServer,
  type Script,
  startMailServer,
} from '@incidents/testing/mail/fake-mail-server';
import { useTestLogger } from '@incidents/testing/test-logger';
import { afterEach } from 'vitest';
import { createWording, type WordingSettings } from '../../messages/wording.ts';
import { createEmailChannel, type EmailTimeouts } from '../email-channel.ts';

export const never = new AbortController().signal;

export function useEmail() {
  const { logger, lines } = useTestLogger();
  closeMailServersAfterEach();
  const channels: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    await Promise.all(channels.splice(0).map((channel) => channel.close()));
  });

  function createChannel(
    smtpUrl: string,
    options: { from?: string; timeouts?: Partial<EmailTimeouts> } & Partial<WordingSettings> = {},
  ) {
    const { from = 'incidents@example.com', timeouts, ...wording } = options;
    const channel = createEmailChannel({
      smtpUrl,
      from,
      wording: createWording({ locale: 'ru', timeZone: 'UTC', ...wording }),
      logger,
      ...(timeouts && { timeouts }),
    });
    channels.push(channel);
    return channel;
  }

  async function start(options: { from?: string; script?: Script } & Partial<WordingSettings> = {}) {
    const { script, ...others } = options;
    const server = await startMailServer(script);
    return { server, channel: createChannel(server.url, others) };
  }

  return { logger, lines, createChannel, start };
}

export function onlyMessage(server: MailServer, address = 'duty@example.com') {
  const [received, ...more] = server.mailbox(address);
  if (received === undefined || more.length > 0) {
    throw new Error(`${address} has ${more.length + (received ? 1 : 0)} messages, not one`);
  }
  return received;
}

export const readHeader = (raw: string, name: string) =>
  new RegExp(`^${name}: (.*)$`, 'im').exec(raw.split('\r\n\r\n')[0]?.replace(/\r\n[ \t]+/g, ' ') ?? '')?.[1];
