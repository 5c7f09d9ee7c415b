import { createHash } from 'node:crypto';
import type { Context } from '@incidents/core/context';
import type { Channel, Outcome } from '@incidents/core/delivery/channel';
import { currentChat } from '@incidents/core/telegram/chat';
import { holdMessage, type StandingMessage } from '@incidents/core/telegram/hold-message';
import type { Logger } from '@incidents/process/logger';
import { createLanes } from '../lanes.ts';
import type { Messages } from '../messages/messages.ts';
import { createPlaces } from '../places.ts';
import { createBotApi } from './bot-api.ts';
import { digestMessage, fitInDigest } from './digest-message.ts';
import { incidentMessage } from './incident-message.ts';
import { type TelegramLimits, turnIntervals, turnLimits } from './limits.ts';
import { html, plain } from './markup.ts';
import { HELD_BY_ANOTHER, type Posted, post } from './post.ts';
import { parseRecipient, type Recipient } from './recipient.ts';
import { createRefusedMarkup } from './refused-markup.ts';

/** What the Telegram channel works with. */
export interface TelegramOptions {
  /** Of the bot; stands in no error and no line of the log. */
  token: string;
  apiRoot: string;
  limits: TelegramLimits;
  /** Until a call without an answer is given up. */
  timeoutSeconds: number;
  db: Context['db'];
  messages: Messages;
  logger: Logger;
}

/**
 * Messages that wait for their turn or are being sent, to one chat and in all. With more, one busy chat would take
 * every job that the worker can run at the same time; those in excess are told to come again, each at its own time.
 */
const MOST_UNDER_WAY_TO_ONE = 2;
const MOST_UNDER_WAY = 20;

/** What a hold lasts beyond one call: the wait for its turn, and some for the database. */
const HOLD_SECONDS_MORE = 10;

/**
 * Tells of incidents in Telegram: one message per incident and chat, which later events edit, and digests.
 *
 * Messages leave in their turn: the limits hold over every worker. What has to wait longer than a job should
 * is postponed, and that counts as no attempt.
 */
export function createTelegramChannel(options: TelegramOptions): Channel {
  const { db, messages, logger } = options;
  const postOptions = {
    api: createBotApi(options),
    db,
    logger,
    intervals: turnIntervals(options.limits),
    refusedMarkup: createRefusedMarkup(),
  };

  /** `recipient` with the id that its chat has now. */
  const resolve = async (recipient: string) => {
    const { chat, topic } = parseRecipient(recipient);
    return { chat: await currentChat(db, chat), ...(topic !== undefined && { topic }) };
  };

  const lanes = createLanes(MOST_UNDER_WAY_TO_ONE);
  const places = createPlaces();
  let underWay = 0;

  /** Runs `work` unless too much is under way already. */
  async function inTurn(
    { recipient, id }: { recipient: string; id: number },
    signal: AbortSignal,
    work: (to: Recipient) => Promise<Outcome>,
  ): Promise<Outcome> {
    const to = await resolve(recipient);
    const limits = turnLimits(to.chat, postOptions.intervals);
    if (lanes.load(to.chat) >= MOST_UNDER_WAY_TO_ONE) {
      return { kind: 'wait', delay: places.comeAgainIn(to.chat, id, limits.chat.interval) };
    }
    if (underWay >= MOST_UNDER_WAY) {
      return { kind: 'wait', delay: places.comeAgainIn(to.chat, id, limits.total.interval) };
    }
    places.leave(to.chat, id);
    underWay += 1;
    try {
      return await lanes.run(to.chat, () => unlessAborted(signal, () => work(to)));
    } finally {
      underWay -= 1;
    }
  }

  return {
    transport: 'telegram',

    send: (notice, signal) =>
      inTurn({ recipient: notice.recipient, id: notice.deliveryId }, signal, async (to) => {
        const { recipient } = notice;
        const hold = await holdMessage(
          db,
          notice.incident.id,
          recipient,
          options.timeoutSeconds + HOLD_SECONDS_MORE,
          notice.deliveryId,
        );
        if (hold === undefined) return HELD_BY_ANOTHER;

        let now: StandingMessage = hold.message;
        try {
          // Read again under the hold: somebody else may have written something newer since the notice was made.
          const incident = hold.incident ?? notice.incident;
          const text = incidentMessage(incident, messages, html);
          const hash = hashOf(text);
          const { chat, message_id: messageId } = hold.message;
          if (messageId !== null && hold.message.content_hash === hash) {
            return { kind: 'sent', providerMessageId: String(messageId) };
          }
          const posted = await post(
            {
              to,
              html: text,
              plain: () => incidentMessage(incident, messages, plain),
              hash,
              ...(chat !== null && messageId !== null && { standing: { chat, messageId } }),
              stillOurs: hold.extend,
            },
            signal,
            postOptions,
          );
          if (posted.kind === 'sent') {
            now = { chat: posted.chat, message_id: posted.messageId, content_hash: hash };
          } else if (posted.gone) {
            now = { chat: null, message_id: null, content_hash: null };
          }
          return outcomeOf(posted);
        } finally {
          if (!(await hold.release(now))) {
            logger.warn(
              { incident_id: notice.incident.id, recipient },
              'the hold on a message ran out before it was released; the chat may have got it twice',
            );
          }
        }
      }),

    fitDigest: (entries) => fitInDigest(entries, messages, html),

    sendDigest: ({ recipient, deliveryIds, entries }, signal) =>
      inTurn({ recipient, id: deliveryIds[0] ?? 0 }, signal, async (to) => {
        const text = digestMessage(entries, messages, html);
        return outcomeOf(
          await post(
            { to, html: text, plain: () => digestMessage(entries, messages, plain), hash: hashOf(text) },
            signal,
            postOptions,
          ),
        );
      }),
  };
}

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');

const outcomeOf = (posted: Posted): Outcome =>
  posted.kind === 'sent' ? { kind: 'sent', providerMessageId: String(posted.messageId) } : posted.outcome;

/** Whoever ends the process while a message waits for its turn has not made an attempt: another worker will. */
async function unlessAborted(signal: AbortSignal, work: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await work();
  } catch (error) {
    if (!signal.aborted || !(error instanceof Error) || error.name !== 'AbortError') throw error;
    return { kind: 'wait', delay: 1_000 };
  }
}
