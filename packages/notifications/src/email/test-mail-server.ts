import type { Transporter } from 'nodemailer';
import { interpretSmtpError } from './interpret-smtp-error.ts';

/** Of connection, login and message together. The caller of a test message waits 20 s. */
const TIMEOUT_MS = 15_000;

export interface ServerTest {
  mailer: Pick<Transporter, 'verify'>;
  /** Texts that an error must not show, longest first. */
  secrets: string[];
  signal: AbortSignal;
}

/**
 * Connects to the mail server and logs in, then returns the result of `work`.
 * @throws Error with the reason of a failure, in one line
 */
export async function testMailServer<Result>(
  { mailer, secrets, signal: caller }: ServerTest,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const signal = AbortSignal.any([caller, timeout]);
  try {
    signal.throwIfAborted();
    await rejectOnAbort(signal, mailer.verify());
    return await work(signal);
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
