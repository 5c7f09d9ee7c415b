import type { Logger } from '@incidents/runtime/logger';
import nodemailer from 'nodemailer';
import MailMessage from 'nodemailer/lib/mailer/mail-message';
import { parseConnectionUrl } from 'nodemailer/lib/shared';
import SMTPPool from 'nodemailer/lib/smtp-pool';
import type { Channel, SendResult } from '../engine/channel.ts';
import type { Wording } from '../messages/wording.ts';
import { extractDomain, isOneAddress } from './address.ts';
import { type ComposedMail, composeDigestMail, composeIncidentMail } from './compose-mail.ts';
import { createDeadline } from './create-deadline.ts';
import { EncodedMail } from './encoded-mail.ts';
import { interpretSmtpError } from './interpret-smtp-error.ts';
import { sendTestMail } from './send-test-mail.ts';
import { parseSender } from './sender.ts';
import { listSecrets } from './smtp-url.ts';
import { testMailServer } from './test-mail-server.ts';

export interface EmailTimeouts {
  /** Until the connection stands, with DNS, greeting and STARTTLS. */
  connectMs: number;
  greetingMs: number;
  /** Of silence in a conversation. */
  socketMs: number;
  /** Of a whole send, with the wait for a connection. `socketMs` does not limit a slow server. */
  totalMs: number;
}

const TIMEOUTS: EmailTimeouts = { connectMs: 5_000, greetingMs: 5_000, socketMs: 15_000, totalMs: 60_000 };

/**
 * Pools five connections, or `maxConnections` of the URL. `close` ends them and the messages under way.
 * @throws TypeError when `smtpUrl` or `from` is invalid
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
  const domain = extractDomain(address);
  const secrets = listSecrets(options.smtpUrl);
  const timeouts = { ...TIMEOUTS, ...options.timeouts };

  const pool = new SMTPPool({
    // Not given as `url`: that would overrule every other option.
    ...parseConnectionUrl(options.smtpUrl),
    connectionTimeout: timeouts.connectMs,
    greetingTimeout: timeouts.greetingMs,
    socketTimeout: timeouts.socketMs,
    socketCloseTimeout: 1_000,
    // For a pooled connection that the server has closed. All other retries are the delivery's.
    maxRequeues: 1,
    // It would log addresses and, with `debug`, whole messages.
    logger: false,
    debug: false,
    transactionLog: false,
  });
  const mailer = nodemailer.createTransport(pool);

  async function sendMail(
    recipient: string,
    compose: () => ComposedMail,
    signal: AbortSignal,
  ): Promise<SendResult> {
    if (!isOneAddress(recipient)) return { kind: 'failed', error: 'the recipient is not one e-mail address' };
    const deadline = createDeadline(signal, timeouts.totalMs);
    try {
      const { messageId, headers, ...parts } = compose();
      const message = new EncodedMail(
        { from: address, to: [recipient] },
        { From: sender, To: { name: '', address: recipient }, 'Message-ID': messageId, ...headers },
        parts,
      );
      const { response } = await sendMessage(message, deadline.signal);
      logger.debug({ message_id: messageId, response }, 'the mail server accepted the message');
      return { kind: 'sent', providerMessageId: messageId };
    } catch (error) {
      if (signal.aborted) return { kind: 'interrupted' };
      if (deadline.signal.aborted) {
        return { kind: 'retry', error: `the mail server took longer than ${timeouts.totalMs / 1_000} s` };
      }
      return interpretSmtpError(error, secrets);
    } finally {
      deadline.clear();
    }
  }

  /** As `mailer.sendMail`, without the steps that compose a message. */
  function sendMessage(message: EncodedMail, signal: AbortSignal): Promise<SMTPPool.SentMessageInfo> {
    const mail = new MailMessage(mailer, { signal });
    mail.message = message;
    return new Promise((resolve, reject) => {
      pool.send(mail, (error, info) => (info === undefined ? reject(error) : resolve(info)));
    });
  }

  return {
    transport: 'smtp',
    mergesEvents: false,
    getIntervalMs: () => 0,
    send: (notice, signal) =>
      sendMail(notice.recipient, () => composeIncidentMail(notice, wording, domain), signal),
    countFittingEntries: (entries) => entries.length,
    sendDigest: (notice, signal) =>
      sendMail(notice.recipient, () => composeDigestMail(notice, wording, domain), signal),
    sendTest: (recipient, signal) =>
      sendTestMail({ mailer, sender, recipient, messages: wording.messages, secrets, signal }),
    checkServer: (signal) => testMailServer({ mailer, secrets, signal }, async () => {}),
    async close() {
      mailer.close({ force: true });
    },
  };
}
