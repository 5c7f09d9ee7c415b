import { randomUUID } from 'node:crypto';
import type { Transporter } from 'nodemailer';
import type { Messages } from '../messages/messages.ts';
import { oneLine } from '../messages/one-line.ts';
import { domainOf, isOneAddress } from './address.ts';
import { AUTOMATIC } from './compose.ts';
import type { Sender } from './sender.ts';
import { smtpResult } from './smtp-result.ts';

/** For connection, login and message together: less than the 20 s that the caller waits. */
const TIMEOUT_MS = 15_000;

/**
 * Logs in to the mail server and sends a test message to one address.
 * @param options.secrets what no error text may show, longest first
 * @returns the server's reply to the message
 * @throws Error with the reason why it was not sent, in one line
 */
export async function sendTestMail(options: {
  mailer: Pick<Transporter<{ response: string }>, 'sendMail' | 'verify'>;
  sender: Sender;
  recipient: string;
  messages: Messages;
  secrets: string[];
  signal: AbortSignal;
}): Promise<string> {
  const { mailer, sender, recipient, messages, secrets } = options;
  if (!isOneAddress(recipient)) throw new Error('the recipient is not one e-mail address');
  const deadline = AbortSignal.timeout(TIMEOUT_MS);
  const signal = AbortSignal.any([options.signal, deadline]);
  try {
    signal.throwIfAborted();
    await unlessAborted(signal, mailer.verify());
    const { response } = await mailer.sendMail({
      from: sender,
      to: { name: '', address: recipient },
      envelope: { from: sender.address, to: [recipient] },
      messageId: `<test.${randomUUID()}@${domainOf(sender.address)}>`,
      headers: AUTOMATIC,
      subject: messages.test.subject,
      text: `${messages.test.text}\n`,
      signal,
      xMailer: false,
    });
    return oneLine(response);
  } catch (error) {
    if (deadline.aborted) throw new Error(`the mail server took longer than ${TIMEOUT_MS / 1_000} s`);
    if (signal.aborted) throw new Error('interrupted: the worker is stopping');
    throw new Error(smtpResult(error, secrets).error);
  }
}

/** @throws the reason of `signal` when it is aborted first */
function unlessAborted<Result>(signal: AbortSignal, work: Promise<Result>): Promise<Result> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort);
  return Promise.race([work, aborted.promise]).finally(() => signal.removeEventListener('abort', abort));
}
