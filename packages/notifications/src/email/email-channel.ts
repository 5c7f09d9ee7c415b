import type { Channel, Outcome } from '@incidents/core/delivery/channel';
import type { Logger } from '@incidents/process/logger';
import nodemailer from 'nodemailer';
import { parseConnectionUrl } from 'nodemailer/lib/shared';
import { createLanes } from '../lanes.ts';
import type { Messages } from '../messages/messages.ts';
import { createPlaces } from '../places.ts';
import { domainOf, isOneAddress } from './address.ts';
import { type Composed, composeDigest, composeNotice } from './compose.ts';
import { parseSender } from './sender.ts';
import { outcomeOf } from './smtp-outcome.ts';
import { secretsOf } from './smtp-url.ts';

/** Milliseconds. */
export interface EmailTimeouts {
  /** Until the connection stands, with DNS, greeting and STARTTLS. */
  connect: number;
  /** From the connection to the greeting. */
  greeting: number;
  /** Of silence in the middle of a conversation. */
  socket: number;
  /** For everything, waiting for a connection too: a server that says a byte now and then is never silent. */
  total: number;
}

const TIMEOUTS: EmailTimeouts = { connect: 5_000, greeting: 5_000, socket: 15_000, total: 60_000 };

/**
 * Messages that are being sent or wait for it. With more, a mail server that has stopped answering would take every
 * job that the worker can run at the same time; those in excess are told to come again.
 */
const MOST_UNDER_WAY = 30;
const MOST_UNDER_WAY_TO_ONE = 10;
/** Milliseconds between those who have to come again: about what a mail takes. */
const COME_AGAIN_EVERY = 200;

/** Conversations about one recipient: fewer than connections, so that a mailbox that hangs leaves some to others. */
const MOST_CONVERSATIONS_ABOUT_ONE = 3;

/**
 * Sends mail over connections that are kept: five, or what `maxConnections` in the URL says, so a conversation that
 * hangs holds up none of the others; however much there is for one recipient, it takes three at most. `close` ends the
 * connections, and with them what is still being sent.
 * @param options.smtpUrl as `SmtpUrl` accepts it
 * @param options.from as `MailFrom` accepts it
 * @throws TypeError when `smtpUrl` or `from` is not what it should be
 */
export function createEmailChannel(options: {
  smtpUrl: string;
  from: string;
  messages: Messages;
  logger: Logger;
  timeouts?: Partial<EmailTimeouts>;
}): Channel & { close(): Promise<void> } {
  const { messages, logger } = options;
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
  const lanes = createLanes(MOST_CONVERSATIONS_ABOUT_ONE);
  const places = createPlaces();
  let underWay = 0;

  async function post(
    { recipient, id }: { recipient: string; id: number },
    compose: () => Composed,
    signal: AbortSignal,
  ): Promise<Outcome> {
    if (!isOneAddress(recipient)) return { kind: 'failed', error: 'the recipient is not one e-mail address' };
    if (underWay >= MOST_UNDER_WAY || lanes.load(recipient) >= MOST_UNDER_WAY_TO_ONE) {
      return { kind: 'wait', delay: 1_000 + places.comeAgainIn(recipient, id, COME_AGAIN_EVERY) };
    }
    places.leave(recipient, id);
    underWay += 1;
    const deadline = AbortSignal.timeout(timeouts.total);
    try {
      const message = compose();
      const { response } = await lanes.run(recipient, () =>
        mailer.sendMail({
          ...message,
          from: sender,
          to: { name: '', address: recipient },
          envelope: { from: address, to: [recipient] },
          signal: AbortSignal.any([signal, deadline]),
          xMailer: false,
        }),
      );
      const { messageId } = message;
      logger.debug({ message_id: messageId, response }, 'the mail server took it');
      return { kind: 'sent', providerMessageId: messageId };
    } catch (error) {
      // Free for the next worker at once.
      if (signal.aborted) return { kind: 'wait', delay: 0, error: 'interrupted: the worker is stopping' };
      if (deadline.aborted) {
        return { kind: 'retry', error: `the mail server took longer than ${timeouts.total / 1000} s` };
      }
      return outcomeOf(error, secrets);
    } finally {
      underWay -= 1;
    }
  }

  return {
    transport: 'smtp',
    send: (notice, signal) =>
      post({ ...notice, id: notice.deliveryId }, () => composeNotice(notice, messages, domain), signal),
    fitDigest: (entries) => entries.length,
    sendDigest: (notice, signal) =>
      post(
        { ...notice, id: notice.deliveryIds[0] ?? 0 },
        () => composeDigest(notice, messages, domain),
        signal,
      ),
    async close() {
      mailer.close({ force: true });
    },
  };
}
