import type { StreamIncidentsQuery } from '@incidents/contracts';
import type { EventPosition } from '@incidents/core/incident/event-position';
import { matchesFilter } from '@incidents/core/incident/matches-filter';
import type { EventBatch } from '@incidents/core/incident/read-events';
import { eventBlock, heartbeatBlock, resetBlock } from './server-sent-events.ts';

/** A client holds one batch at a time. A single event may be longer. */
const MAX_BATCH_BYTES = 32 * 1_024;

export interface StreamFilter {
  query: StreamIncidentsQuery;
  /** Equal for equal filters. */
  key: string;
}

/** Consecutive messages. All clients share its bytes. */
export interface MessageBatch {
  /** The position after the batch. */
  position: EventPosition;
  /** In memory; grows with each filter that leaves messages out. */
  readonly bytes: number;
  /** The messages for this filter; may be empty. */
  encode(filter: StreamFilter): Uint8Array;
}

/** Returns at least one batch, because the position advances also without events. */
export function createEventBatches({ events, position }: EventBatch): MessageBatch[] {
  const batches: MessageBatch[] = [];
  let messages: Message[] = [];
  let blocks: Buffer[] = [];
  let bytes = 0;
  let last: EventPosition | undefined;
  for (const { row, position: after } of events) {
    const block = Buffer.from(eventBlock(row, after));
    if (last !== undefined && bytes + block.byteLength > MAX_BATCH_BYTES) {
      batches.push(createEventBatch(messages, Buffer.concat(blocks), last));
      messages = [];
      blocks = [];
      bytes = 0;
    }
    const { present, before } = row;
    messages.push({ row: { present, before }, start: bytes, end: bytes + block.byteLength });
    blocks.push(block);
    bytes += block.byteLength;
    last = after;
  }
  return [...batches, createEventBatch(messages, Buffer.concat(blocks), position)];
}

export const createHeartbeat = (position: EventPosition) =>
  createSingleMessage(heartbeatBlock(position), position);

export const createReset = (position: EventPosition) => createSingleMessage(resetBlock(position), position);

interface Message {
  row: Parameters<typeof matchesFilter>[0];
  /** Offsets in the bytes of the batch. */
  start: number;
  end: number;
}

function createEventBatch(messages: Message[], all: Buffer, position: EventPosition): MessageBatch {
  const encoded = new Map<string, Buffer>();
  let bytes = all.byteLength;
  return {
    position,
    get bytes() {
      return bytes;
    },
    encode({ query, key }) {
      const earlier = encoded.get(key);
      if (earlier !== undefined) return earlier;
      const matching = messages.filter(({ row }) => matchesFilter(row, query));
      const isWhole = matching.length === messages.length;
      const chunk = isWhole ? all : Buffer.concat(matching.map(({ start, end }) => all.subarray(start, end)));
      if (!isWhole) bytes += chunk.byteLength;
      encoded.set(key, chunk);
      return chunk;
    },
  };
}

function createSingleMessage(text: string, position: EventPosition): MessageBatch {
  const chunk = Buffer.from(text);
  return { position, bytes: chunk.byteLength, encode: () => chunk };
}
