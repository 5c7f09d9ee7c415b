/** A reply of the Bot API. */
export interface BotAnswer {
  ok: boolean;
  result?: unknown;
  error_code?: unknown;
  description?: unknown;
  parameters?: unknown;
}

/** Why a call failed. */
export type Refusal =
  /** An edit that would change nothing: the message says already what it should. */
  | { kind: 'unchanged' }
  /** The message to edit was deleted, or is too old. */
  | { kind: 'gone' }
  /** The markup was not understood. */
  | { kind: 'unparsable'; error: string }
  /** Too many requests; none before so many seconds. */
  | { kind: 'flood'; seconds: number; error: string }
  /** The group became a supergroup with another id. */
  | { kind: 'migrated'; chat: string }
  /** May work later. */
  | { kind: 'retry'; error: string }
  /** No connection to the server, or the server knows no such bot: no message leaves. */
  | { kind: 'unavailable'; error: string }
  /** Will never work. */
  | { kind: 'failed'; error: string };

/** When the server says "too many", and no number of seconds that makes sense. */
const FLOOD_SECONDS = 5;

/** Longer `retry_after` values are capped, so a wrong one closes a chat for an hour at most. */
const MAX_FLOOD_SECONDS = 3_600;

/** Codes of a connection that did not come about. A call that broke later may concern one message alone. */
const CONNECTION_ERRORS = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
]);

const GONE =
  /message to edit not found|message can't be edited|MESSAGE_ID_INVALID|no text in the message to edit/i;

/** Interprets an error without a reply. The result never contains the token. */
export function interpretFailure(error: unknown, token: string): Refusal {
  const kind = codesOf(error).some((code) => CONNECTION_ERRORS.has(code)) ? 'unavailable' : 'retry';
  return { kind, error: withoutToken(reason(error), token) };
}

/** Interprets an error reply. The result never contains the token. */
export function interpretRefusal(answer: BotAnswer, token: string): Refusal {
  const code = Number(answer.error_code);
  const description = String(answer.description);
  const parameters: Record<string, unknown> =
    typeof answer.parameters === 'object' && answer.parameters !== null ? { ...answer.parameters } : {};
  const text = withoutToken(`${code}: ${description}`, token);
  if (code === 429) {
    return { kind: 'flood', seconds: floodSeconds(parameters.retry_after, description), error: text };
  }
  const chat: unknown = parameters.migrate_to_chat_id;
  // Remembered for good, so anything else than the id of a supergroup would lose the chat.
  if (Number.isSafeInteger(chat) && Number(chat) < 0) return { kind: 'migrated', chat: String(chat) };
  if (code === 400) {
    if (/message is not modified/i.test(description)) return { kind: 'unchanged' };
    if (GONE.test(description)) return { kind: 'gone' };
    if (/can't parse entities|can't find end|unsupported start tag/i.test(description)) {
      return { kind: 'unparsable', error: text };
    }
    // Permanent: unknown chat or topic, no permission, deactivated user.
    return { kind: 'failed', error: text };
  }
  // The bot was thrown out or blocked.
  if (code === 403) return { kind: 'failed', error: text };
  // Wrong token. The message can still be sent after the operator corrects it.
  if (code === 401 || code === 404)
    return { kind: 'unavailable', error: `${text} (is TELEGRAM_BOT_TOKEN right?)` };
  return { kind: 'retry', error: text };
}

/** At least one second, or the call would be repeated at once and count as no attempt. */
function floodSeconds(retryAfter: unknown, description: string): number {
  const candidates = [retryAfter, /retry after (\d+)/i.exec(description)?.[1]];
  const seconds = candidates
    .map((candidate) => (typeof candidate === 'string' ? Number(candidate) : candidate))
    .find((candidate) => typeof candidate === 'number' && candidate >= 1);
  return Math.min(typeof seconds === 'number' ? seconds : FLOOD_SECONDS, MAX_FLOOD_SECONDS);
}

/** The codes of an error, or of those that it stands for: one for each address of the server. */
const codesOf = (error: unknown): string[] =>
  [error, ...(error instanceof AggregateError ? error.errors : [])].flatMap((each) =>
    each instanceof Error && 'code' in each ? [String(each.code)] : [],
  );

/** Of several addresses that were tried the error itself says nothing. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.message !== '' || !(error instanceof AggregateError)) return error.message;
  return error.errors.map((each) => (each instanceof Error ? each.message : String(each))).join('; ');
}

/** `text` with the token, which is part of every address, taken out; also as a proxy spells it that names the address. */
const withoutToken = (text: string, token: string) =>
  text.replaceAll(new RegExp(token.replace(':', '(?::|%3A)'), 'gi'), '<token>');
