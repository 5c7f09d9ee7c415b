export interface BotResponse {
  ok: boolean;
  result?: unknown;
  error_code?: unknown;
  description?: unknown;
  parameters?: unknown;
}

export type Refusal =
  | { kind: 'unchanged' }
  /** The message was deleted, or is too old to edit. */
  | { kind: 'notEditable' }
  | { kind: 'unparsable'; error: string }
  /** Too many requests: the next one is allowed after `seconds`. */
  | { kind: 'flood'; seconds: number; error: string }
  | { kind: 'migrated'; chat: string }
  | { kind: 'retry'; error: string }
  /** No connection, or a wrong token. */
  | { kind: 'unavailable'; error: string }
  | { kind: 'failed'; error: string };

const DEFAULT_FLOOD_SECONDS = 5;

/** Caps `retry_after`: a wrong value closes a chat for an hour at most. */
const MAX_FLOOD_SECONDS = 3_600;

/** Node.js: the connection failed. A later break may concern one message alone. */
const CONNECTION_ERRORS = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
]);

const NOT_EDITABLE =
  /message to edit not found|message can't be edited|MESSAGE_ID_INVALID|no text in the message to edit/i;

/** Interprets an error without a reply. The result never contains the token. */
export function interpretError(error: unknown, token: string): Refusal {
  const kind = listCodes(error).some((code) => CONNECTION_ERRORS.has(code)) ? 'unavailable' : 'retry';
  return { kind, error: removeToken(joinMessages(error), token) };
}

/** Interprets an error reply. The result never contains the token. */
export function interpretRefusal(response: BotResponse, token: string): Refusal {
  const code = Number(response.error_code);
  const description = String(response.description);
  const parameters: Record<string, unknown> =
    typeof response.parameters === 'object' && response.parameters !== null ? { ...response.parameters } : {};
  const text = removeToken(`${code}: ${description}`, token);
  if (code === 429) {
    return { kind: 'flood', seconds: readFloodSeconds(parameters.retry_after, description), error: text };
  }
  const chat: unknown = parameters.migrate_to_chat_id;
  // Stored for good: anything else than the id of a supergroup would lose the chat.
  if (Number.isSafeInteger(chat) && Number(chat) < 0) return { kind: 'migrated', chat: String(chat) };
  if (code === 400) {
    if (/message is not modified/i.test(description)) return { kind: 'unchanged' };
    if (NOT_EDITABLE.test(description)) return { kind: 'notEditable' };
    if (/can't parse entities|can't find end|unsupported start tag/i.test(description)) {
      return { kind: 'unparsable', error: text };
    }
    // Permanent: unknown chat or topic, no permission, deactivated user.
    return { kind: 'failed', error: text };
  }
  if (code === 403) return { kind: 'failed', error: text };
  // Wrong token: not a failure of the message.
  if (code === 401 || code === 404)
    return { kind: 'unavailable', error: `${text} (is TELEGRAM_BOT_TOKEN right?)` };
  return { kind: 'retry', error: text };
}

/** At least one second: `closed` counts no attempt, so 0 would repeat the call endlessly. */
function readFloodSeconds(retryAfter: unknown, description: string): number {
  const candidates = [retryAfter, /retry after (\d+)/i.exec(description)?.[1]];
  const seconds = candidates
    .map((candidate) => (typeof candidate === 'string' ? Number(candidate) : candidate))
    .find((candidate) => typeof candidate === 'number' && candidate >= 1);
  return Math.min(typeof seconds === 'number' ? seconds : DEFAULT_FLOOD_SECONDS, MAX_FLOOD_SECONDS);
}

/** An AggregateError has one error per address of the server. */
const listCodes = (error: unknown): string[] =>
  [error, ...(error instanceof AggregateError ? error.errors : [])].flatMap((each) =>
    each instanceof Error && 'code' in each ? [String(each.code)] : [],
  );

/** An AggregateError has no message of its own. */
function joinMessages(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.message !== '' || !(error instanceof AggregateError)) return error.message;
  return error.errors.map((each) => (each instanceof Error ? each.message : String(each))).join('; ');
}

/** Removes the token, also in the percent-encoding of a proxy. Every URL of the API contains it. */
const removeToken = (text: string, token: string) =>
  text.replaceAll(new RegExp(token.replace(':', '(?::|%3A)'), 'gi'), '<token>');
