import { startMailServer } from '@incidents/testing/mail/fake-mail-server';
import { describe, expect, it } from 'vitest';
import type { SendResult } from '../engine/channel.ts';
import type { EmailTimeouts } from './email-channel.ts';
import { never, useEmail } from './testing/email-fixture.ts';
import { notice } from './testing/notices.ts';

const email = useEmail();
const LONG_TIMEOUTS = { connectMs: 60_000, greetingMs: 60_000, socketMs: 60_000 };
const SHORT_TIMEOUTS = { connectMs: 5_000, greetingMs: 1_000, socketMs: 1_500 };
const TROUBLED = 'troubled@example.com';
const OTHER = 'other@example.com';
const sent: SendResult = {
  kind: 'sent',
  providerMessageId: expect.stringMatching(/^<incident-12\..*@example\.com>$/),
};

const emailChannel = (smtpUrl: string, timeouts: Partial<EmailTimeouts> = LONG_TIMEOUTS) =>
  email.createChannel(smtpUrl, { from: 'Инциденты <incidents@example.com>', locale: 'en', timeouts });

describe('createEmailChannel: connections', () => {
  it('are reused, and replaced when the server drops them between two messages', async () => {
    const server = await startMailServer();
    const channel = emailChannel(server.url);
    for (const deliveryId of [1, 2]) {
      expect(await channel.send(notice({ deliveryId }), never)).toEqual(sent);
    }
    expect(server.connections()).toBe(1);
    server.dropConnections();
    expect(await channel.send(notice({ deliveryId: 3 }), never)).toEqual(sent);
    expect(server.mailbox('duty@example.com')).toHaveLength(3);
  });

  it('time out at a silent server, also for messages that wait for a connection', async () => {
    const server = await startMailServer({ greeting: () => 'silence' });
    const channel = emailChannel(server.url, { ...LONG_TIMEOUTS, totalMs: 500 });
    const began = performance.now();
    const outcomes = await Promise.all(
      Array.from({ length: 40 }, (_, deliveryId) =>
        channel.send(notice({ deliveryId, recipient: `duty-${deliveryId}@example.com` }), never),
      ),
    );
    expect(outcomes).toEqual(
      Array(40).fill({ kind: 'retry', error: 'the mail server took longer than 0.5 s' }),
    );
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  it('of other mailboxes are not delayed by a mailbox that hangs', async () => {
    const server = await startMailServer({
      rcptTo: (recipient) => (recipient === TROUBLED ? 'silence' : 'ok'),
    });
    const channel = emailChannel(server.url, SHORT_TIMEOUTS);
    const ended: string[] = [];
    const send = async (recipient: string, deliveryId: number) => {
      const { kind } = await channel.send(notice({ recipient, deliveryId }), never);
      ended.push(`${recipient} ${kind}`);
    };
    const others = Array.from({ length: 12 }, (_, index) => send(OTHER, index));
    await Promise.all([send(TROUBLED, 100), ...others]);
    expect(ended).toEqual([...Array(12).fill(`${OTHER} sent`), `${TROUBLED} retry`]);
  });

  it('are at most five for many messages to one mailbox', async () => {
    const server = await startMailServer();
    const channel = emailChannel(server.url);
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, (_, deliveryId) => channel.send(notice({ deliveryId }), never)),
    );
    expect(outcomes).toEqual(Array(10).fill(sent));
    expect(server.mailbox('duty@example.com')).toHaveLength(10);
    expect(server.connections()).toBeLessThanOrEqual(5);
  });
});

describe('createEmailChannel: interrupted send', () => {
  const interrupted = { kind: 'interrupted' };

  it('ends at once while the server is silent', async () => {
    const stopping = new AbortController();
    const server = await startMailServer({
      rcptTo: () => {
        stopping.abort();
        return 'silence';
      },
    });
    const channel = emailChannel(server.url);
    expect(await channel.send(notice(), stopping.signal)).toEqual(interrupted);
  });

  it('does not begin when the signal is aborted', async () => {
    const server = await startMailServer();
    expect(await emailChannel(server.url).send(notice(), AbortSignal.abort())).toEqual(interrupted);
    expect(server.connections()).toBe(0);
  });

  it('is ended by close', async () => {
    let close = async () => {};
    const server = await startMailServer({
      rcptTo: () => {
        void close();
        return 'silence';
      },
    });
    const channel = emailChannel(server.url);
    close = channel.close;
    expect((await channel.send(notice(), never)).kind).toBe('retry');
    expect((await channel.send(notice(), never)).kind).toBe('retry');
  });
});
