import type { NodemailerError } from 'nodemailer';
import type { SendResult } from '../engine/channel.ts';
import { cut, oneLine } from '../messages/one-line.ts';

const MAX_ERROR_UNITS = 500;

/**
 * SMTP codes about the session, not the message: wrong order, login or TLS required.
 * The operator must fix the settings.
 */
const ABOUT_THE_SESSION = new Set([503, 530, 534, 535, 538]);

/** Codes of nodemailer for a session that did not come about. */
const NO_SESSION = new Set(['EDNS', 'ETLS', 'EAUTH', 'ENOAUTH', 'EOAUTH2']);

/** Codes of Node.js for a connection that did not come about. */
const NO_CONNECTION = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN']);

/** Codes of Node.js for a TLS session that did not come about: a certificate that is not trusted, or no TLS at all. */
const NO_TLS = /^(CERT|UNABLE_TO|DEPTH_ZERO|SELF_SIGNED|HOSTNAME_MISMATCH|ERR_TLS|ERR_SSL)/;

/**
 * What an error of nodemailer means for a message.
 *
 * `failed`: the server refused sender, recipient or message with 5xx, or nodemailer found the envelope unfit to be
 * offered. `unavailable`: no session came about, so no other message leaves either. Everything else is `retry`: 4xx,
 * silence, a connection that broke, also after the message was handed over.
 * @param secrets texts that the error must not show, longest first
 */
export function smtpResult(
  thrown: unknown,
  secrets: string[],
): SendResult & { kind: 'retry' | 'failed' | 'unavailable' } {
  const error: SmtpError = thrown instanceof Error ? thrown : new Error(String(thrown));
  const kind = isPermanent(error) ? 'failed' : isUnavailable(error) ? 'unavailable' : 'retry';
  return { kind, error: describe(error, secrets) };
}

type SmtpError = Error & Partial<NodemailerError> & { errors?: unknown };

function isPermanent({ code, response, responseCode }: SmtpError): boolean {
  // Of MAIL FROM, RCPT TO and DATA; the greeting, the login and the connection have other codes.
  if (code !== 'EENVELOPE' && code !== 'EMESSAGE') return false;
  if (responseCode === undefined) return response === undefined;
  return responseCode >= 500 && responseCode < 600 && !ABOUT_THE_SESSION.has(responseCode);
}

function isUnavailable({
  code,
  command,
  timeoutType,
  responseCode,
  originalCode,
  errors,
}: SmtpError): boolean {
  if (timeoutType !== undefined) return timeoutType !== 'SOCKET_TIMEOUT';
  if (code !== undefined && NO_SESSION.has(code)) return true;
  // Refused at the greeting. A connection that was closed later has the same command and no reply.
  if (command === 'CONN' && code === 'EPROTOCOL' && responseCode !== undefined) return true;
  const causes = [originalCode, ...(Array.isArray(errors) ? errors.map(codeOf) : [])];
  return causes.some((cause) => NO_CONNECTION.has(String(cause)) || NO_TLS.test(String(cause)));
}

const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? error.code : undefined);

/** One line, without credentials, of at most 500 characters. */
function describe(error: SmtpError, secrets: string[]): string {
  const safe = secrets.reduce((text, secret) => text.replaceAll(secret, '***'), wording(error));
  return cut(oneLine(safe), MAX_ERROR_UNITS);
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
