import { randomUUID } from 'node:crypto';
import type { Transporter } from 'nodemailer';
import type { Messages } from '../messages/messages.ts';
import { toOneLine } from '../messages/to-one-line.ts';
import { extractDomain, isOneAddress } from './address.ts';
import { AUTOMATIC_HEADERS } from './compose-mail.ts';
import { interpretSmtpError } from './interpret-smtp-error.ts';
import type { Sender } from './sender.ts';

/** Of connection, login and message together. The caller waits 20 s. */
const TIMEOUT_MS = 15_000;

/**
 * Returns the server's reply. `options.secrets`: texts that an error must not show, longest first.
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
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const signal = AbortSignal.any([options.signal, timeout]);
  try {
    signal.throwIfAborted();
    await rejectOnAbort(signal, mailer.verify());
    const { response } = await mailer.sendMail({
      from: sender,
      to: { name: '', address: recipient },
      envelope: { from: sender.address, to: [recipient] },
      messageId: `<test.${randomUUID()}@${extractDomain(sender.address)}>`,
      headers: AUTOMATIC_HEADERS,
      subject: messages.test.subject,
      text: `${messages.test.text}\n`,
      signal,
      xMailer: false,
    });
    return toOneLine(response);
  } catch (error) {
    if (timeout.aborted) throw new Error(`the mail server took longer than ${TIMEOUT_MS / 1_000} s`);
    if (signal.aborted) throw new Error('interrupted: the worker is stopping');
    throw new Error(interpretSmtpError(error, secrets).error);
  }
}

function rejectOnAbort<Result>(signal: AbortSignal, work: Promise<Result>): Promise<Result> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort);
  return Promise.race([work, aborted.promise]).finally(() => signal.removeEventListener('abort', abort));
}
