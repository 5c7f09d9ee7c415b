import type { Context } from '@incidents/core/context';
import type { Outcome } from '@incidents/core/delivery/channel';
import { awaitTurn, closeTurns, turnsOpenAt } from '@incidents/core/telegram/await-turn';
import { rememberChatMigration } from '@incidents/core/telegram/chat';
import type { Logger } from '@incidents/process/logger';
import type { BotApi, BotText, Reply } from './bot-api.ts';
import { type Intervals, MAX_LATENESS_MS, turnLimits } from './limits.ts';
import type { Recipient } from './recipient.ts';
import type { RefusedMarkup } from './refused-markup.ts';

/** What posting works with. */
export interface Post {
  api: BotApi;
  db: Context['db'];
  intervals: Intervals;
  refusedMarkup: RefusedMarkup;
  logger: Logger;
}

/** A message to be sent, or to be edited. */
export interface Draft {
  /** As configured, with the chat's current id. */
  to: Recipient;
  html: string;
  plain(): string;
  /** SHA-256 of `html`. */
  hash: string;
  /** Edited if it stands in this very chat, else a new message is sent. */
  standing?: { chat: string; messageId: number };
  /** Asked before every call; when it says false, somebody else may be at this message. */
  stillOurs?(): Promise<boolean>;
}

/** What came of it. */
export type Posted =
  | { kind: 'sent'; chat: string; messageId: number }
  /** `gone`: the message to edit does not exist any more, so the next attempt is to send a new one. */
  | { kind: 'not sent'; outcome: Exclude<Outcome, { kind: 'sent' }>; gone: boolean };

/** Longest wait for a turn within a job; for a longer one the job makes room for others. */
const MAX_TURN_WAIT_MS = 1_500;

/** One message can take an edit, a new message, a new chat and a plain text; more means that the server is odd. */
const MAX_CALLS = 5;

/** When somebody else holds the message: until they are likely to be done. */
export const HELD_BY_ANOTHER: Outcome & { kind: 'wait' } = { kind: 'wait', delay: 1_000 };

/** Sends or edits one message, every call in its turn. Does not throw for what the server answers. */
export async function post(
  draft: Draft,
  signal: AbortSignal,
  { api, db, intervals, refusedMarkup, logger }: Post,
): Promise<Posted> {
  let { to, standing } = draft;
  const notSent = (outcome: Exclude<Outcome, { kind: 'sent' }>): Posted => ({
    kind: 'not sent',
    outcome,
    gone: draft.standing !== undefined && standing === undefined,
  });

  const closed = async (delay: number, reason: string): Promise<Outcome & { kind: 'closed' }> => ({
    kind: 'closed',
    delay: Math.ceil(delay),
    error: `${reason} (the chat is closed until ${await turnsOpenAt(db, turnLimits(to.chat, intervals).chat.scope)})`,
  });

  for (let call = 0; call < MAX_CALLS; call++) {
    // An edit in another chat of the same number would be one of somebody else's message.
    if (standing && standing.chat !== to.chat) standing = undefined;
    // Before the turn and not after it: a turn is to be used at once.
    if (draft.stillOurs && !(await draft.stillOurs())) return notSent(HELD_BY_ANOTHER);
    const limits = turnLimits(to.chat, intervals);
    const wait = await awaitTurn(db, limits, { wait: MAX_TURN_WAIT_MS, lateness: MAX_LATENESS_MS }, signal);
    // A chat that takes messages is never further away than its interval and what is reserved ahead.
    const isClosed = wait > limits.chat.interval + MAX_TURN_WAIT_MS;
    if (isClosed) return notSent(await closed(wait, 'Telegram asked for a pause'));
    if (wait > 0) return notSent({ kind: 'wait', delay: Math.ceil(wait) });

    const text: BotText = refusedMarkup.has(draft.hash)
      ? { text: draft.plain() }
      : { text: draft.html, parseMode: 'HTML' };
    const begun = performance.now();
    const reply: Reply = standing
      ? await api.edit(to.chat, standing.messageId, text, signal)
      : await api.send(to, text, signal);
    // A call that took long may have reached the server late: the chat's next turn is counted from here.
    if (performance.now() - begun > MAX_LATENESS_MS) await closeTurns(db, limits.chat.scope, intervals.chat);

    switch (reply.kind) {
      case 'done':
        return { kind: 'sent', chat: to.chat, messageId: reply.messageId };
      case 'unchanged':
        if (standing) return { kind: 'sent', ...standing };
        return notSent({ kind: 'retry', error: 'the server says that a new message is not modified' });
      case 'gone':
        if (!standing)
          return notSent({ kind: 'retry', error: 'the server says that a new message does not exist' });
        logger.info(
          { chat: to.chat, message_id: standing.messageId },
          'the message to edit is gone; sending a new one',
        );
        standing = undefined;
        break;
      case 'unparsable':
        if (text.parseMode === undefined) return notSent({ kind: 'failed', error: reply.error });
        logger.warn(
          { chat: to.chat, error: reply.error },
          'the markup was not understood; sending plain text',
        );
        refusedMarkup.add(draft.hash);
        break;
      case 'migrated':
        logger.warn({ chat: to.chat, to: reply.chat }, 'the group has a new id');
        await rememberChatMigration(db, to.chat, reply.chat);
        to = { ...to, chat: reply.chat };
        break;
      case 'flood':
        await closeTurns(db, limits.chat.scope, reply.seconds * 1_000);
        return notSent(await closed(reply.seconds * 1_000, reply.error));
      default:
        return notSent(reply);
    }
  }
  return notSent({ kind: 'retry', error: `not accepted in ${MAX_CALLS} calls` });
}
