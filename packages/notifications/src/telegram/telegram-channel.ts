import { setTimeout as sleep } from 'node:timers/promises';
import type { Db } from '@incidents/db/client';
import type { Logger } from '@incidents/runtime/logger';
import type { Channel, SendResult } from '../engine/channel.ts';
import type { Wording } from '../messages/wording.ts';
import { createBotApi, type OutgoingText } from './bot-api.ts';
import { createChatMigrations } from './chat-migrations.ts';
import { findBotName } from './find-bot-name.ts';
import { countFittingEntries, formatDigestMessage } from './format-digest-message.ts';
import { formatIncidentMessage } from './format-incident-message.ts';
import { getChatIntervalMs, type TelegramLimits } from './limits.ts';
import { htmlMarkup, type Markup, plainMarkup } from './markup.ts';
import { type ChatMessage, formatProviderMessageId, parseProviderMessageId } from './provider-message-id.ts';
import { parseRecipient } from './recipient.ts';
import { createSendLimiter } from './send-limiter.ts';
import { sendTestMessage } from './send-test-message.ts';

export interface TelegramOptions {
  /** Bot token. Never logged, never in an error. */
  token: string;
  apiRoot: string;
  limits: TelegramLimits;
  timeoutSeconds: number;
  db: Db['kysely'];
  wording: Wording;
  logger: Logger;
}

/** Calls for one message: an edit, a new message, a new chat and a plain text, and one to spare. */
const MAX_CALLS = 5;

/**
 * One message per incident and chat. The outbox owner paces a chat; all workers share the bot's limit.
 * `close` returns the send slots, after the last call.
 */
export function createTelegramChannel(options: TelegramOptions): Channel & { close(): Promise<void> } {
  const { db, wording, logger, limits } = options;
  const api = createBotApi(options);
  const limiter = createSendLimiter(db, {
    perSecond: limits.totalPerSecond,
    maxSendMs: options.timeoutSeconds * 1_000,
  });
  const migrations = createChatMigrations(db);
  const getIntervalMs = (recipient: string) => getChatIntervalMs(parseRecipient(recipient).chat, limits);

  async function sendOrEdit(
    recipient: string,
    format: (markup: Markup) => string,
    signal: AbortSignal,
    previous?: ChatMessage,
  ): Promise<SendResult> {
    const { chat: configuredChat, topic } = parseRecipient(recipient);
    let chat = await migrations.getCurrentChat(configuredChat);
    let editable = previous;
    let text: OutgoingText = { text: format(htmlMarkup), parseMode: 'HTML' };
    const sent = (message: ChatMessage): SendResult => ({
      kind: 'sent',
      providerMessageId: formatProviderMessageId(message, configuredChat),
    });

    for (let call = 0; call < MAX_CALLS; call++) {
      if (call > 0) await sleep(getIntervalMs(recipient), undefined, { signal });
      // Message ids are unique only within a chat.
      const target = editable?.chat === chat ? editable : undefined;
      const reply = await limiter.run(signal, () =>
        target
          ? api.edit(chat, target.messageId, text, signal)
          : api.send({ chat, ...(topic !== undefined && { topic }) }, text, signal),
      );
      switch (reply.kind) {
        case 'done':
          return sent({ chat, messageId: reply.messageId });
        case 'unchanged':
          if (target) return sent(target);
          return { kind: 'retry', error: 'the server says that a new message is not modified' };
        case 'notEditable':
          if (!target) return { kind: 'retry', error: 'the server says that a new message does not exist' };
          logger.info(
            { chat, message_id: target.messageId },
            'the message cannot be edited; sending a new one',
          );
          editable = undefined;
          break;
        case 'unparsable':
          if (text.parseMode === undefined) return { kind: 'failed', error: reply.error };
          logger.warn({ chat, error: reply.error }, 'the server rejected the markup; sending plain text');
          text = { text: format(plainMarkup) };
          break;
        case 'migrated':
          logger.warn({ chat, to: reply.chat }, 'the group has a new id');
          await migrations.recordMigration(chat, reply.chat);
          chat = reply.chat;
          break;
        case 'flood': {
          const delayMs = reply.seconds * 1_000;
          const opensAt = new Date(Date.now() + delayMs).toISOString();
          return {
            kind: 'closed',
            delayMs,
            error: `${reply.error} (the chat is closed until ${opensAt})`,
          };
        }
        default:
          return reply;
      }
    }
    return { kind: 'retry', error: `not accepted in ${MAX_CALLS} calls` };
  }

  /** Returns `interrupted` when the signal was aborted before the message was accepted. */
  async function unlessAborted(signal: AbortSignal, work: () => Promise<SendResult>): Promise<SendResult> {
    try {
      const result = await work();
      return signal.aborted && result.kind === 'retry' ? { kind: 'interrupted' } : result;
    } catch (error) {
      if (signal.aborted) return { kind: 'interrupted' };
      throw error;
    }
  }

  return {
    transport: 'telegram',
    mergesEvents: true,
    getIntervalMs,
    send: ({ recipient, incident, event, previousMessageId }, signal) =>
      unlessAborted(signal, () => {
        const previous =
          previousMessageId === null
            ? undefined
            : parseProviderMessageId(previousMessageId, parseRecipient(recipient).chat);
        return sendOrEdit(
          recipient,
          (markup) => formatIncidentMessage({ incident, event }, wording, markup),
          signal,
          previous,
        );
      }),
    async sendTest(recipient, signal) {
      const { chat, ...topic } = parseRecipient(recipient);
      return sendTestMessage(
        api,
        { chat: await migrations.getCurrentChat(chat), ...topic },
        wording.messages,
        signal,
      );
    },
    async checkServer(signal) {
      await findBotName(api, signal);
    },
    countFittingEntries: (entries) => countFittingEntries(entries, wording, htmlMarkup),
    sendDigest: ({ recipient, entries }, signal) =>
      unlessAborted(signal, () =>
        sendOrEdit(recipient, (markup) => formatDigestMessage(entries, wording, markup), signal),
      ),
    close: limiter.close,
  };
}
