import type { StreamIncidentsQuery } from '@incidents/contracts';
import type { EventPosition } from '@incidents/core/incident/event-position';
import { matchesFilter } from '@incidents/core/incident/matches-filter';
import type { EventBatch, ReadEvent } from '@incidents/core/incident/read-events';
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
  /** Of a client that has the batch. */
  position: EventPosition;
  /** Of all encoded messages in memory. */
  readonly bytes: number;
  /** The messages for this filter; may be empty. */
  encode(filter: StreamFilter): Uint8Array;
}

/** At least one batch, also for no events. */
export function createEventBatches({ events, position }: EventBatch): MessageBatch[] {
  const batches: MessageBatch[] = [];
  let messages: Message[] = [];
  let bytes = 0;
  let last: EventPosition | undefined;
  for (const event of events) {
    const message = encodeMessage(event);
    if (last !== undefined && bytes + message.block.byteLength > MAX_BATCH_BYTES) {
      batches.push(createEventBatch(messages, last));
      messages = [];
      bytes = 0;
    }
    messages.push(message);
    bytes += message.block.byteLength;
    last = event.position;
  }
  return [...batches, createEventBatch(messages, position)];
}

export const createHeartbeat = (position: EventPosition) => createNotice(heartbeatBlock(position), position);

export const createReset = (position: EventPosition) => createNotice(resetBlock(position), position);

interface Message {
  row: Parameters<typeof matchesFilter>[0];
  block: Buffer;
}

/** Without the JSON of its row, which would take twice the memory of the bytes. */
const encodeMessage = ({ row, position }: ReadEvent): Message => ({
  row: { present: row.present, before: row.before },
  block: Buffer.from(eventBlock(row, position)),
});

function createEventBatch(messages: Message[], position: EventPosition): MessageBatch {
  const all = Buffer.concat(messages.map(({ block }) => block));
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
      const chunk = isWhole ? all : Buffer.concat(matching.map(({ block }) => block));
      if (!isWhole) bytes += chunk.byteLength;
      encoded.set(key, chunk);
      return chunk;
    },
  };
}

function createNotice(text: string, position: EventPosition): MessageBatch {
  const chunk = Buffer.from(text);
  return { position, bytes: chunk.byteLength, encode: () => chunk };
}
