import { setTimeout as sleep } from 'node:timers/promises';
import type { Db } from '@incidents/db/client';
import type { Logger } from '@incidents/runtime/logger';
import type { Channel, SendResult } from '../engine/channel.ts';
import type { Wording } from '../messages/wording.ts';
import { type BotText, createBotApi, type Reply } from './bot-api.ts';
import { createChatMigrations } from './chat-migrations.ts';
import { digestMessage, fitInDigest } from './digest-message.ts';
import { incidentMessage } from './incident-message.ts';
import { chatInterval, type TelegramLimits, totalInterval } from './limits.ts';
import { html, type Markup, plain } from './markup.ts';
import { parseRecipient } from './recipient.ts';
import { createSendRate } from './send-rate.ts';
import { sendTestMessage } from './send-test-message.ts';
import { parseProviderMessageId, type StandingMessage, toProviderMessageId } from './standing-message.ts';

export interface TelegramOptions {
  /** Bot token. Never logged, never in an error. */
  token: string;
  apiRoot: string;
  limits: TelegramLimits;
  /** Until a call without an answer is given up. */
  timeoutSeconds: number;
  db: Db['kysely'];
  wording: Wording;
  logger: Logger;
}

/** Calls that one message needs at most: an edit, a new message, a new chat and a plain text. */
const MAX_CALLS = 5;

/**
 * Sends one message per incident and chat, edits it on later events, and sends digests.
 * The outbox owner paces a chat. All workers share the bot-wide limit.
 */
export function createTelegramChannel(options: TelegramOptions): Channel {
  const { db, wording, logger, limits } = options;
  const api = createBotApi(options);
  const rate = createSendRate(db, 'total', totalInterval(limits));
  const migrations = createChatMigrations(db);
  const intervalMs = (recipient: string) => chatInterval(parseRecipient(recipient).chat, limits);

  /** Sends or edits one message. Does not throw for a reply of the server. */
  async function post(
    recipient: string,
    textOf: (markup: Markup) => string,
    signal: AbortSignal,
    previous?: StandingMessage,
  ): Promise<SendResult> {
    const { chat: configured, topic } = parseRecipient(recipient);
    let chat = await migrations.currentOf(configured);
    let standing = previous;
    let text: BotText = { text: textOf(html), parseMode: 'HTML' };
    const sent = (message: StandingMessage): SendResult => ({
      kind: 'sent',
      providerMessageId: toProviderMessageId(message, configured),
    });

    for (let call = 0; call < MAX_CALLS; call++) {
      if (call > 0) await sleep(intervalMs(recipient), undefined, { signal });
      await rate.next(signal);
      // In another chat the same number is another message.
      const target = standing?.chat === chat ? standing : undefined;
      const reply: Reply = target
        ? await api.edit(chat, target.messageId, text, signal)
        : await api.send({ chat, ...(topic !== undefined && { topic }) }, text, signal);
      switch (reply.kind) {
        case 'done':
          return sent({ chat, messageId: reply.messageId });
        case 'unchanged':
          if (target) return sent(target);
          return { kind: 'retry', error: 'the server says that a new message is not modified' };
        case 'gone':
          if (!target) return { kind: 'retry', error: 'the server says that a new message does not exist' };
          logger.info(
            { chat, message_id: target.messageId },
            'the message to edit is gone; sending a new one',
          );
          standing = undefined;
          break;
        case 'unparsable':
          if (text.parseMode === undefined) return { kind: 'failed', error: reply.error };
          logger.warn({ chat, error: reply.error }, 'the markup was not understood; sending plain text');
          text = { text: textOf(plain) };
          break;
        case 'migrated':
          logger.warn({ chat, to: reply.chat }, 'the group has a new id');
          await migrations.add(chat, reply.chat);
          chat = reply.chat;
          break;
        case 'flood': {
          const opensAt = new Date(Date.now() + reply.seconds * 1_000).toISOString();
          return {
            kind: 'closed',
            delayMs: reply.seconds * 1_000,
            error: `${reply.error} (the chat is closed until ${opensAt})`,
          };
        }
        default:
          return reply;
      }
    }
    return { kind: 'retry', error: `not accepted in ${MAX_CALLS} calls` };
  }

  /** A message that was stopped before it left has not been tried. */
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
    intervalMs,
    send: ({ recipient, incident, event, previousMessageId }, signal) =>
      unlessAborted(signal, () => {
        const previous =
          previousMessageId === null
            ? undefined
            : parseProviderMessageId(previousMessageId, parseRecipient(recipient).chat);
        return post(
          recipient,
          (markup) => incidentMessage({ incident, event }, wording, markup),
          signal,
          previous,
        );
      }),
    async sendTest(recipient, signal) {
      const { chat, ...topic } = parseRecipient(recipient);
      return sendTestMessage(
        api,
        { chat: await migrations.currentOf(chat), ...topic },
        wording.messages,
        signal,
      );
    },
    countFittingEntries: (entries) => fitInDigest(entries, wording, html),
    sendDigest: ({ recipient, entries }, signal) =>
      unlessAborted(signal, () =>
        post(recipient, (markup) => digestMessage(entries, wording, markup), signal),
      ),
  };
}
