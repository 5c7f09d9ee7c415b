import { Api } from 'grammy';
import { botFetch } from './bot-fetch.ts';
import { interpretError, type Refusal } from './interpret-error.ts';
import type { Recipient } from './recipient.ts';

/** What came of a call. */
export type Reply = { kind: 'done'; messageId: number } | Refusal;

/** A text as it goes over the wire. */
export interface BotText {
  text: string;
  parseMode?: 'HTML';
}

/** The two calls of the Bot API that this service needs. They never throw. */
export interface BotApi {
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
  const { token, timeoutSeconds } = options;
  const api = new Api(token, {
    // The library refuses an address with a slash at its end.
    apiRoot: options.apiRoot.replace(/\/+$/, ''),
    timeoutSeconds,
    fetch: botFetch,
  });

  const replyTo = async (call: Promise<number>): Promise<Reply> => {
    try {
      const messageId = await call;
      if (!Number.isSafeInteger(messageId)) return { kind: 'retry', error: 'the answer names no message' };
      return { kind: 'done', messageId };
    } catch (error) {
      return interpretError(error, token);
    }
  };
  const extras = ({ parseMode }: BotText) => ({
    ...(parseMode && { parse_mode: parseMode }),
    // A preview of some page that the text names would push the incident off the screen.
    link_preview_options: { is_disabled: true },
  });

  return {
    send: ({ chat, topic }, text, signal) =>
      replyTo(
        api
          .sendMessage(
            chatId(chat),
            text.text,
            {
              ...extras(text),
              ...(topic !== undefined && topic !== GENERAL_TOPIC && { message_thread_id: topic }),
            },
            grammySignal(signal),
          )
          .then(({ message_id }) => message_id),
      ),
    edit: (chat, messageId, text, signal) =>
      replyTo(
        api
          .editMessageText(chatId(chat), messageId, text.text, extras(text), grammySignal(signal))
          .then(() => messageId),
      ),
  };
}

/** The library's type is that of an older implementation; it uses what both have in common. */
const grammySignal = (signal: AbortSignal) => signal as Parameters<Api['sendMessage']>[3];

const chatId = (chat: string) => (chat.startsWith('@') ? chat : Number(chat));
