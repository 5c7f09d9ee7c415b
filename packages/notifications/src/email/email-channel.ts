import type { Logger } from '@incidents/runtime/logger';
import nodemailer from 'nodemailer';
import { parseConnectionUrl } from 'nodemailer/lib/shared';
import type { Channel, SendResult } from '../engine/channel.ts';
import type { Wording } from '../messages/wording.ts';
import { domainOf, isOneAddress } from './address.ts';
import { type Composed, composeDigest, composeNotice } from './compose.ts';
import { sendTestMail } from './send-test-mail.ts';
import { parseSender } from './sender.ts';
import { smtpResult } from './smtp-result.ts';
import { secretsOf } from './smtp-url.ts';
import { textPart } from './text-part.ts';

/** Milliseconds. */
export interface EmailTimeouts {
  /** Until the connection stands, with DNS, greeting and STARTTLS. */
  connect: number;
  /** From the connection to the greeting. */
  greeting: number;
  /** Of silence in the middle of a conversation. */
  socket: number;
  /** Whole send, including the wait for a connection. `socket` does not limit a slow server. */
  total: number;
}

const TIMEOUTS: EmailTimeouts = { connect: 5_000, greeting: 5_000, socket: 15_000, total: 60_000 };

/**
 * Sends mail over connections that are kept: five, or as many as `maxConnections` in the URL says. One mailbox uses one
 * of them at a time. `close` ends the connections, and with them the messages under way.
 * @param options.smtpUrl as `SmtpUrl` accepts it
 * @param options.from as `MailFrom` accepts it
 * @throws TypeError when `smtpUrl` or `from` is not what it should be
 */
export function createEmailChannel(options: {
  smtpUrl: string;
  from: string;
  wording: Wording;
  logger: Logger;
  timeouts?: Partial<EmailTimeouts>;
}): Channel & { close(): Promise<void> } {
  const { wording, logger } = options;
  const sender = parseSender(options.from);
  if (sender === undefined) throw new TypeError('the sender is not one e-mail address');
  const { address } = sender;
  const domain = domainOf(address);
  const secrets = secretsOf(options.smtpUrl);
  const timeouts = { ...TIMEOUTS, ...options.timeouts };

  const mailer = nodemailer.createTransport({
    // Spread, not given as `url`: that one overrules everything beside it.
    ...parseConnectionUrl(options.smtpUrl),
    pool: true,
    connectionTimeout: timeouts.connect,
    greetingTimeout: timeouts.greeting,
    socketTimeout: timeouts.socket,
    socketCloseTimeout: 1_000,
    // One more try, for a kept connection that the server has closed meanwhile; the delivery's schedule has the rest.
    maxRequeues: 1,
    disableFileAccess: true,
    disableUrlAccess: true,
    // It would log addresses and, with `debug`, whole messages.
    logger: false,
    debug: false,
    transactionLog: false,
  });

  async function post(recipient: string, compose: () => Composed, signal: AbortSignal): Promise<SendResult> {
    if (!isOneAddress(recipient)) return { kind: 'failed', error: 'the recipient is not one e-mail address' };
    const deadline = AbortSignal.timeout(timeouts.total);
    try {
      const { text, html, ...message } = compose();
      const { response } = await mailer.sendMail({
        ...message,
        alternatives: [textPart('plain', text), textPart('html', html)],
        // No base64 looks like it, so it need not be random.
        baseBoundary: 'incident',
        from: sender,
        to: { name: '', address: recipient },
        envelope: { from: address, to: [recipient] },
        signal: AbortSignal.any([signal, deadline]),
        xMailer: false,
      });
      const { messageId } = message;
      logger.debug({ message_id: messageId, response }, 'the mail server accepted the message');
      return { kind: 'sent', providerMessageId: messageId };
    } catch (error) {
      if (signal.aborted) return { kind: 'interrupted' };
      if (deadline.aborted) {
        return { kind: 'retry', error: `the mail server took longer than ${timeouts.total / 1000} s` };
      }
      return smtpResult(error, secrets);
    }
  }

  return {
    transport: 'smtp',
    mergesEvents: false,
    intervalMs: () => 0,
    send: (notice, signal) => post(notice.recipient, () => composeNotice(notice, wording, domain), signal),
    countFittingEntries: (entries) => entries.length,
    sendDigest: (notice, signal) =>
      post(notice.recipient, () => composeDigest(notice, wording, domain), signal),
    sendTest: (recipient, signal) =>
      sendTestMail({ mailer, sender, recipient, messages: wording.messages, secrets, signal }),
    async close() {
      mailer.close({ force: true });
    },
  };
}
