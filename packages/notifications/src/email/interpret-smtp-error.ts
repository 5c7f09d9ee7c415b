import type { NodemailerError } from 'nodemailer';
import type { SendResult } from '../engine/channel.ts';
import { toOneLine } from '../messages/to-one-line.ts';
import { truncateText } from '../messages/truncate-text.ts';

const MAX_ERROR_LENGTH = 500;

/** SMTP reply codes about the session, not the message: wrong order, login or TLS required. */
const SESSION_REPLY_CODES = new Set([503, 530, 534, 535, 538]);

const SESSION_ERROR_CODES = new Set(['EDNS', 'ETLS', 'EAUTH', 'ENOAUTH', 'EOAUTH2']);

const CONNECTION_ERROR_CODES = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** Node.js: the TLS handshake failed, mostly because of an untrusted certificate. */
const TLS_ERROR_CODE = /^(CERT|UNABLE_TO|DEPTH_ZERO|SELF_SIGNED|HOSTNAME_MISMATCH|ERR_TLS|ERR_SSL)/;

/** `failed`: 5xx to mail, bad envelope; `unavailable`: no session; else `retry`. `secrets`: longest first. */
export function interpretSmtpError(
  thrown: unknown,
  secrets: string[],
): SendResult & { kind: 'retry' | 'failed' | 'unavailable' } {
  const error: SmtpError = thrown instanceof Error ? thrown : new Error(String(thrown));
  const kind = isPermanent(error) ? 'failed' : isUnavailable(error) ? 'unavailable' : 'retry';
  return { kind, error: formatError(error, secrets) };
}

type SmtpError = Error & Partial<NodemailerError> & { errors?: unknown };

function isPermanent({ code, response, responseCode }: SmtpError): boolean {
  // MAIL FROM, RCPT TO and DATA. Greeting, login and connection have other codes.
  if (code !== 'EENVELOPE' && code !== 'EMESSAGE') return false;
  if (responseCode === undefined) return response === undefined;
  return responseCode >= 500 && responseCode < 600 && !SESSION_REPLY_CODES.has(responseCode);
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
  if (code !== undefined && SESSION_ERROR_CODES.has(code)) return true;
  // Refused at the greeting. A connection closed later has the same command but no reply.
  if (command === 'CONN' && code === 'EPROTOCOL' && responseCode !== undefined) return true;
  const causes = [originalCode, ...(Array.isArray(errors) ? errors.map(getCode) : [])];
  return causes.some(
    (cause) => CONNECTION_ERROR_CODES.has(String(cause)) || TLS_ERROR_CODE.test(String(cause)),
  );
}

const getCode = (error: unknown) => (error instanceof Error && 'code' in error ? error.code : undefined);

function formatError(error: SmtpError, secrets: string[]): string {
  const safe = secrets.reduce((text, secret) => text.replaceAll(secret, '***'), explainError(error));
  return truncateText(toOneLine(safe), MAX_ERROR_LENGTH);
}

const TIMEOUT_MESSAGES: Record<string, string> = {
  CONNECT_TIMEOUT: 'no connection to the mail server in time',
  GREETING_TIMEOUT: 'the mail server accepted the connection and did not greet in time',
  UPGRADE_TIMEOUT: 'the mail server did not complete STARTTLS in time',
  SOCKET_TIMEOUT: 'the mail server fell silent during the conversation',
};

function explainError(error: SmtpError): string {
  const { command, response, timeoutType, originalCode, code } = error;
  if (timeoutType !== undefined) return TIMEOUT_MESSAGES[timeoutType] ?? error.message;
  if (response !== undefined) return `${command === 'CONN' ? 'connection' : command}: ${response}`;
  const message = joinMessages(error);
  const name = originalCode ?? code;
  return name === undefined || message.includes(name) ? message : `${message} (${name})`;
}

/** An AggregateError has one error per address of the server, and no message. */
const joinMessages = (error: SmtpError): string =>
  error.message !== '' || !Array.isArray(error.errors)
    ? error.message
    : error.errors.map((each) => (each instanceof Error ? each.message : String(each))).join('; ');
