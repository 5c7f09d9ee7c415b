import { type BotAnswer, interpretFailure, interpretRefusal, type Refusal } from './interpret-reply.ts';
import { postJson } from './post-json.ts';
import type { Recipient } from './recipient.ts';

/** Result of a call. */
export type Reply = { kind: 'done'; messageId: number } | Refusal;

/** A text as it goes over the wire. */
export interface BotText {
  text: string;
  parseMode?: 'HTML';
}

/** The calls of the Bot API that this service needs. They never throw. */
export interface BotApi {
  /** Shows that the token is right. */
  getMe(signal: AbortSignal): Promise<{ kind: 'done'; username: string } | Refusal>;
  send(to: Recipient, text: BotText, signal: AbortSignal): Promise<Reply>;
  /** @param messageId in `chat` */
  edit(chat: string, messageId: number, text: BotText, signal: AbortSignal): Promise<Reply>;
}

/** The number that clients show for a forum's main topic; the Bot API knows it only as no topic. */
const GENERAL_TOPIC = 1;

/**
 * @param options.apiRoot `https://api.telegram.org`, or a server of one's own
 * @param options.timeoutSeconds until a call without an answer is given up
 */
export function createBotApi(options: { token: string; apiRoot: string; timeoutSeconds: number }): BotApi {
  const { token } = options;
  const root = `${options.apiRoot.replace(/\/+$/, '')}/bot${token}/`;
  const urls = {
    getMe: new URL(`${root}getMe`),
    sendMessage: new URL(`${root}sendMessage`),
    editMessageText: new URL(`${root}editMessageText`),
  };
  const timeoutMs = options.timeoutSeconds * 1_000;

  async function call(
    method: keyof typeof urls,
    payload: Record<string, unknown>,
    signal: AbortSignal,
  ): Promise<{ kind: 'done'; result: unknown } | Refusal> {
    try {
      const { status, reason, text } = await postJson(urls[method], payload, { timeoutMs, signal });
      const answer = parseAnswer(text);
      if (answer === undefined) {
        const error = ['the server answered', status, reason, '(not JSON)'].filter(Boolean).join(' ');
        return { kind: 'retry', error };
      }
      return answer.ok ? { kind: 'done', result: answer.result } : interpretRefusal(answer, token);
    } catch (error) {
      return interpretFailure(error, token);
    }
  }

  return {
    async getMe(signal) {
      const reply = await call('getMe', {}, signal);
      return reply.kind === 'done'
        ? { kind: 'done', username: String(fieldOf(reply.result, 'username')) }
        : reply;
    },
    async send({ chat, topic }, text, signal) {
      const thread = topic !== undefined && topic !== GENERAL_TOPIC && { message_thread_id: topic };
      const reply = await call(
        'sendMessage',
        { chat_id: chatId(chat), ...contentOf(text), ...thread },
        signal,
      );
      if (reply.kind !== 'done') return reply;
      const messageId = fieldOf(reply.result, 'message_id');
      return Number.isSafeInteger(messageId)
        ? { kind: 'done', messageId: Number(messageId) }
        : { kind: 'retry', error: 'the answer names no message' };
    },
    async edit(chat, messageId, text, signal) {
      const payload = { chat_id: chatId(chat), message_id: messageId, ...contentOf(text) };
      const reply = await call('editMessageText', payload, signal);
      return reply.kind === 'done' ? { kind: 'done', messageId } : reply;
    },
  };
}

const fieldOf = (result: unknown, name: string): unknown =>
  typeof result === 'object' && result !== null ? Reflect.get(result, name) : undefined;

function parseAnswer(text: string): BotAnswer | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && 'ok' in value ? (value as BotAnswer) : undefined;
  } catch {
    return undefined;
  }
}

const contentOf = ({ text, parseMode }: BotText) => ({
  text,
  ...(parseMode && { parse_mode: parseMode }),
  // A preview of some page that the text names would push the incident off the screen.
  link_preview_options: { is_disabled: true },
});

const chatId = (chat: string) => (chat.startsWith('@') ? chat : Number(chat));
