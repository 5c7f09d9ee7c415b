import { type BotResponse, interpretError, interpretRefusal, type Refusal } from './interpret-reply.ts';
import { postJson } from './post-json.ts';
import type { Recipient } from './recipient.ts';

export type BotReply = { kind: 'done'; messageId: number } | Refusal;

export interface OutgoingText {
  text: string;
  parseMode?: 'HTML';
}

/** The Bot API calls of this service. They never throw. */
export interface BotApi {
  getMe(signal: AbortSignal): Promise<{ kind: 'done'; username: string } | Refusal>;
  send(to: Recipient, text: OutgoingText, signal: AbortSignal): Promise<BotReply>;
  edit(chat: string, messageId: number, text: OutgoingText, signal: AbortSignal): Promise<BotReply>;
}

/** The id that clients show for the main topic of a forum. The Bot API expects no topic instead. */
const GENERAL_TOPIC = 1;

/** @param options.timeoutSeconds time limit of one call */
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
      const response = parseResponse(text);
      if (response === undefined) {
        const error = ['the server answered', status, reason, '(not JSON)'].filter(Boolean).join(' ');
        return { kind: 'retry', error };
      }
      return response.ok ? { kind: 'done', result: response.result } : interpretRefusal(response, token);
    } catch (error) {
      return interpretError(error, token);
    }
  }

  return {
    async getMe(signal) {
      const reply = await call('getMe', {}, signal);
      return reply.kind === 'done'
        ? { kind: 'done', username: String(readField(reply.result, 'username')) }
        : reply;
    },
    async send({ chat, topic }, text, signal) {
      const thread = topic !== undefined && topic !== GENERAL_TOPIC && { message_thread_id: topic };
      const reply = await call(
        'sendMessage',
        { chat_id: toChatId(chat), ...toPayload(text), ...thread },
        signal,
      );
      if (reply.kind !== 'done') return reply;
      const messageId = readField(reply.result, 'message_id');
      return Number.isSafeInteger(messageId)
        ? { kind: 'done', messageId: Number(messageId) }
        : { kind: 'retry', error: 'the answer names no message' };
    },
    async edit(chat, messageId, text, signal) {
      const payload = { chat_id: toChatId(chat), message_id: messageId, ...toPayload(text) };
      const reply = await call('editMessageText', payload, signal);
      return reply.kind === 'done' ? { kind: 'done', messageId } : reply;
    },
  };
}

const readField = (result: unknown, name: string): unknown =>
  typeof result === 'object' && result !== null ? Reflect.get(result, name) : undefined;

function parseResponse(text: string): BotResponse | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && 'ok' in value ? (value as BotResponse) : undefined;
  } catch {
    return undefined;
  }
}

const toPayload = ({ text, parseMode }: OutgoingText) => ({
  text,
  ...(parseMode && { parse_mode: parseMode }),
  // A link preview would push the incident off the screen.
  link_preview_options: { is_disabled: true },
});

const toChatId = (chat: string) => (chat.startsWith('@') ? chat : Number(chat));
