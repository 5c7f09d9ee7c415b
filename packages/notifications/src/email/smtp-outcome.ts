import type { Outcome } from '@incidents/core/delivery/channel';
import type { NodemailerError } from 'nodemailer';
import { cut, oneLine } from './one-line.ts';

const LONGEST_ERROR = 500;

/**
 * Replies that speak of the session and not of the message, whichever command they answer: out of order, log in
 * first, use TLS first. Somebody has to set the worker up better, after which the message can still go.
 */
const ABOUT_THE_SESSION = new Set([503, 530, 534, 535, 538]);

/**
 * What it means that nodemailer could not send a message.
 *
 * It failed for good when the server refused sender, recipient or message with 5xx, or when nodemailer itself found
 * the envelope unfit to be offered. Everything else may go better later: 4xx, any refusal of the login,
 * no connection, bad certificates, silence, a connection that broke, also after the message was handed over.
 * @param secrets what the error text must not show, longest first
 */
export function outcomeOf(thrown: unknown, secrets: string[]): Outcome & { kind: 'retry' | 'failed' } {
  const error: SmtpError = thrown instanceof Error ? thrown : new Error(String(thrown));
  return { kind: isPermanent(error) ? 'failed' : 'retry', error: describe(error, secrets) };
}

type SmtpError = Error & Partial<NodemailerError> & { errors?: unknown };

function isPermanent({ code, response, responseCode }: SmtpError): boolean {
  // Of MAIL FROM, RCPT TO and DATA; the greeting, the login and the connection have other codes.
  if (code !== 'EENVELOPE' && code !== 'EMESSAGE') return false;
  if (responseCode === undefined) return response === undefined;
  return responseCode >= 500 && responseCode < 600 && !ABOUT_THE_SESSION.has(responseCode);
}

/** One line, without credentials, of at most 500 characters. */
function describe(error: SmtpError, secrets: string[]): string {
  const safe = secrets.reduce((text, secret) => text.replaceAll(secret, '***'), wording(error));
  return cut(oneLine(safe), LONGEST_ERROR);
}

const TIMEOUTS: Record<string, string> = {
  CONNECT_TIMEOUT: 'no connection to the mail server in time',
  GREETING_TIMEOUT: 'the mail server accepted the connection and did not greet in time',
  UPGRADE_TIMEOUT: 'the mail server did not complete STARTTLS in time',
  SOCKET_TIMEOUT: 'the mail server fell silent during the conversation',
};

function wording(error: SmtpError): string {
  const { command, response, timeoutType, originalCode, code } = error;
  if (timeoutType !== undefined) return TIMEOUTS[timeoutType] ?? error.message;
  if (response !== undefined) return `${command === 'CONN' ? 'connection' : command}: ${response}`;
  const message = messageOf(error);
  const name = originalCode ?? code;
  return name === undefined || message.includes(name) ? message : `${message} (${name})`;
}

/** An error that stands for several, one for each address of the server, says nothing itself. */
const messageOf = (error: SmtpError): string =>
  error.message !== '' || !Array.isArray(error.errors)
    ? error.message
    : error.errors.map((each) => (each instanceof Error ? each.message : String(each))).join('; ');
