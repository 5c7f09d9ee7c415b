import { setTimeout as sleep } from 'node:timers/promises';
import { storableMessage } from '@incidents/core/storable-message';
import type { DeliveryRecord, OutboxPause } from '@incidents/db/queries/record-deliveries';
import type { TakenDelivery, TakenOutbox } from '@incidents/db/queries/take-deliveries';
import type { Logger } from '@incidents/runtime/logger';
import type { Channel, SendResult } from './channel.ts';
import type { ChannelPause } from './channel-pause.ts';
import { logDeliveries } from './log-deliveries.ts';
import { type Message, toMessages } from './to-messages.ts';
import { putBack, toRecords } from './to-records.ts';

/** What the owner of an outbox works with. */
export interface DrainOptions {
  outboxId: number;
  pause: ChannelPause;
  take(limit: number): Promise<TakenOutbox>;
  record(records: DeliveryRecord[], pause?: OutboxPause): Promise<void>;
  channelOf(transport: Channel['transport']): Channel;
  maxAgeSeconds: number;
  /** No further message begins once it is true. */
  isStopping(): boolean;
  /** Ends the message that is under way. */
  signal: AbortSignal;
  logger: Logger;
}

/** Messages that are taken together. */
const BATCH = 50;

/** With a longer interval the owner closes and releases the outbox after each message; otherwise it sleeps. */
const MAX_WAIT_MS = 200;

/** Shorter waits are not worth a timer: the call itself takes as long. */
const MIN_WAIT_MS = 2;

/** Deliveries taken longer ago are put back unsent: the worker's lease may have expired. */
const MAX_TAKEN_MS = 1_000;

/** Flush limits for unrecorded results. A crash sends these messages again. */
const MAX_UNRECORDED = 10;
const MAX_UNRECORDED_MS = 20;

/**
 * Sends what is due in an outbox, one message after the other, until nothing is due.
 * @returns milliseconds until something is due; null when nothing waits, or another pool owns the outbox
 */
export async function drainOutbox(options: DrainOptions): Promise<number | null> {
  const { outboxId, pause, record } = options;
  // The interval is not known before the first message.
  let limit = 1;
  for (;;) {
    const mayTake = !options.isStopping() && pause.remainingMs() === 0;
    // Before the statement: a process that stood still may read the reply late.
    const takenAt = performance.now();
    const { isOwned, dueInMs, deliveries } = await options.take(mayTake ? limit : 0);
    if (!isOwned) return dueInMs;
    const [first] = deliveries;
    if (first === undefined) continue;

    const channel = options.channelOf(first.transport);
    const { messages, postponed, obsolete } = toMessages(deliveries, channel);
    const interval = channel.intervalMs(first.recipient);
    limit = interval > MAX_WAIT_MS || pause.isPaused() ? 1 : BATCH;

    const waits = interval >= MIN_WAIT_MS && interval <= MAX_WAIT_MS;
    let isClosed = false;
    let begun = 0;
    /** Incidents of which a message did not leave: no later one leaves before it. */
    const held = new Set<string>();
    const isStale = () => performance.now() - takenAt > MAX_TAKEN_MS;
    const writes: Promise<void>[] = [];
    let unrecorded: DeliveryRecord[] = [...postponed.map(putBack), ...obsolete.map(skip)];
    let unacknowledged = 0;
    let timer: NodeJS.Timeout | undefined;
    const flush = (outboxPause?: OutboxPause) => {
      clearTimeout(timer);
      timer = undefined;
      if (unrecorded.length === 0) return;
      const { length } = unrecorded;
      unacknowledged += length;
      const write = record(unrecorded, outboxPause).then(() => {
        unacknowledged -= length;
      });
      // It is awaited with the others, and may fail before that.
      write.catch(() => {});
      writes.push(write);
      unrecorded = [];
    };
    for (const message of messages) {
      if (unacknowledged > MAX_UNRECORDED) await writes.at(-1);
      // A server or an address that takes nothing ends the batch.
      const stops = isClosed || options.isStopping() || pause.remainingMs() > 0 || isStale();
      if (!stops) begun += 1;
      const result: SendResult =
        stops || held.has(keyOf(message))
          ? { kind: 'interrupted' }
          : await send(message, channel, options.signal);
      if (result.kind !== 'sent' && result.kind !== 'failed') held.add(keyOf(message));
      const [records, outboxPause] = recordsOf(message, result, channel);
      unrecorded.push(...records);
      isClosed ||= outboxPause !== undefined;
      if (outboxPause !== undefined || unrecorded.length >= MAX_UNRECORDED) flush(outboxPause);
      else timer ??= setTimeout(flush, MAX_UNRECORDED_MS);
      // After the last one too: the next one may come with another look.
      if (waits && !stops) await sleep(interval);
    }
    flush();
    // As many as the server takes meanwhile.
    if (isStale()) limit = Math.max(1, Math.min(limit, begun));
    await Promise.all(writes);
  }

  function recordsOf(
    { deliveries, kind }: Message,
    result: SendResult,
    channel: Channel,
  ): [DeliveryRecord[], OutboxPause?] {
    if (result.kind === 'unavailable') pause.pause();
    // Any other result shows that the server accepts messages.
    else if (result.kind !== 'interrupted') pause.resume();
    const records = toRecords(deliveries, result, {
      transport: channel.transport,
      maxAgeSeconds: options.maxAgeSeconds,
      inDigest: kind === 'digest',
    });
    logDeliveries(options.logger, deliveries, records);
    const interval = channel.intervalMs(deliveries[0]?.recipient ?? '');
    const closedForMs = result.kind === 'closed' ? result.delayMs : interval > MAX_WAIT_MS ? interval : 0;
    return closedForMs > 0 && result.kind !== 'interrupted'
      ? [records, { outboxId, closedForMs }]
      : [records];
  }
}

/** Of the incident and the recipient of a message; of a digest, which is alone, those of its first. */
const keyOf = ({ deliveries: [first] }: Message): string => `${first?.incident_id} ${first?.recipient}`;

const skip = ({ id }: TakenDelivery): DeliveryRecord => ({
  id,
  state: 'skipped',
  error: 'the incident no longer exists',
});

/** Sends one message. An error that is thrown is worth another try. */
async function send(message: Message, channel: Channel, signal: AbortSignal): Promise<SendResult> {
  try {
    const result = await sendMessage(message, channel, signal);
    return 'error' in result ? { ...result, error: storableMessage(result.error) } : result;
  } catch (error) {
    return { kind: 'retry', error: storableMessage(error) };
  }
}

function sendMessage(message: Message, channel: Channel, signal: AbortSignal): Promise<SendResult> {
  const { deliveries } = message;
  // The last event: a message that replaces an earlier one shows what is now.
  const last = deliveries.at(-1) as TakenDelivery;
  const { recipient } = last;
  if (message.kind === 'digest') {
    const deliveryIds = deliveries.filter(({ digest }) => digest).map(({ id }) => id);
    return channel.sendDigest({ deliveryIds, recipient, entries: message.entries }, signal);
  }
  const { id, incident_id, event_id, event_kind, changes, actor, incident, previous_message_id } = last;
  if (incident === null) throw new Error('a message about no incident');
  return channel.send(
    {
      deliveryId: id,
      recipient,
      incident: { id: incident_id, ...incident },
      event: { id: event_id, kind: event_kind, changes, actor },
      previousMessageId: previous_message_id,
    },
    signal,
  );
}
