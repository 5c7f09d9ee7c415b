import { setTimeout as sleep } from 'node:timers/promises';
import type { ClaimedDelivery, ClaimedOutbox } from '@incidents/db/queries/delivery/claim-deliveries';
import type { DeliveryResult, OutboxClosure } from '@incidents/db/queries/delivery/record-deliveries';
import type { Logger } from '@incidents/runtime/logger';
import type { Channel, SendResult } from './channel.ts';
import type { ChannelPause } from './channel-pause.ts';
import { logDeliveryResults } from './log-delivery-results.ts';
import { createResultBuffer } from './result-buffer.ts';
import { toDeliveryResults, toPutBackResult, toSkippedResult } from './to-delivery-results.ts';
import { type OutgoingMessage, toMessages } from './to-messages.ts';
import { trySend } from './try-send.ts';

export interface DrainOptions {
  outboxId: number;
  pause: ChannelPause;
  claim(maxMessages: number): Promise<ClaimedOutbox>;
  record(results: DeliveryResult[], closure?: OutboxClosure): Promise<void>;
  findChannel(transport: Channel['transport']): Channel;
  maxAgeSeconds: number;
  isStopping(): boolean;
  signal: AbortSignal;
  logger: Logger;
}

const MAX_CLAIMED_MESSAGES = 50;

/** With a longer interval the owner closes and releases the outbox after each message; otherwise it sleeps. */
const MAX_SLEEP_MS = 200;

/** Shorter waits are not worth a timer: the call itself takes as long. */
const MIN_SLEEP_MS = 2;

/** An older claim is put back unsent: the worker's lease may have expired. */
const MAX_CLAIM_AGE_MS = 1_000;

/** @returns milliseconds until a delivery is due; null when none waits, or another pool owns the outbox */
export async function drainOutbox(options: DrainOptions): Promise<number | null> {
  const { pause } = options;
  // The interval is unknown before the first claim.
  let maxMessages = 1;
  for (;;) {
    const canClaim = !options.isStopping() && pause.remainingMs() === 0;
    // Read before the statement: a process that stood still may read the reply late.
    const claimedAt = performance.now();
    const { isOwned, dueInMs, deliveries } = await options.claim(canClaim ? maxMessages : 0);
    if (!isOwned) return dueInMs;
    const [first] = deliveries;
    if (first === undefined) continue;

    const channel = options.findChannel(first.transport);
    const intervalMs = channel.getIntervalMs(first.recipient);
    maxMessages = intervalMs > MAX_SLEEP_MS || pause.isPaused() ? 1 : MAX_CLAIMED_MESSAGES;
    const isStale = () => performance.now() - claimedAt > MAX_CLAIM_AGE_MS;
    const { begun, wasStale } = await sendDeliveries(deliveries, {
      ...options,
      channel,
      intervalMs,
      isStale,
    });
    // As many as the server accepts before a claim is stale.
    if (wasStale) maxMessages = Math.max(1, Math.min(maxMessages, begun));
  }
}

type SendOptions = DrainOptions & { channel: Channel; intervalMs: number; isStale: () => boolean };

/** @returns the number of messages that began, and whether the claim was stale after the last one */
async function sendDeliveries(
  deliveries: ClaimedDelivery[],
  options: SendOptions,
): Promise<{ begun: number; wasStale: boolean }> {
  const { pause, channel, intervalMs, isStale } = options;
  const { messages, postponed, obsolete } = toMessages(deliveries, channel);
  const buffer = createResultBuffer(options.record, [
    ...postponed.map(toPutBackResult),
    ...obsolete.map(toSkippedResult),
  ]);
  const sleeps = intervalMs >= MIN_SLEEP_MS && intervalMs <= MAX_SLEEP_MS;
  /** Incidents with an unsent message: no later one leaves before it. */
  const blocked = new Set<string>();
  let isClosed = false;
  let begun = 0;
  for (const message of messages) {
    await buffer.waitForRoom();
    const mayBegin = !isClosed && !options.isStopping() && pause.remainingMs() === 0 && !isStale();
    if (mayBegin) begun += 1;
    const result: SendResult =
      mayBegin && !blocked.has(message.key)
        ? await trySend(message, channel, options.signal)
        : { kind: 'interrupted' };
    if (result.kind !== 'sent' && result.kind !== 'failed') blocked.add(message.key);
    updatePause(pause, result);
    const closure = findClosure(result, options);
    isClosed ||= closure !== undefined;
    buffer.add(describeResults(message, result, options), closure);
    // After the last one too: the next claim may follow at once.
    if (mayBegin && sleeps) await sleep(intervalMs);
  }
  const wasStale = isStale();
  await buffer.flush();
  return { begun, wasStale };
}

function updatePause(pause: ChannelPause, { kind }: SendResult): void {
  if (kind === 'unavailable') pause.pause();
  // Any other result shows that the server accepts messages.
  else if (kind !== 'interrupted') pause.resume();
}

function findClosure(result: SendResult, { outboxId, intervalMs }: SendOptions): OutboxClosure | undefined {
  if (result.kind === 'interrupted') return undefined;
  const closedForMs = result.kind === 'closed' ? result.delayMs : intervalMs > MAX_SLEEP_MS ? intervalMs : 0;
  return closedForMs > 0 ? { outboxId, closedForMs } : undefined;
}

function describeResults(
  { deliveries, kind }: OutgoingMessage,
  result: SendResult,
  { channel, maxAgeSeconds, logger }: SendOptions,
): DeliveryResult[] {
  const results = toDeliveryResults(deliveries, result, {
    transport: channel.transport,
    maxAgeSeconds,
    inDigest: kind === 'digest',
  });
  logDeliveryResults(logger, deliveries, results);
  return results;
}
