import { type EventPosition, formatPosition } from '@incidents/core/incident/event-position';
import type { ReadEvent } from '@incidents/core/incident/read-events';

/** Until a client connects again. */
const RETRY_MS = 1_000;

/** An id without data: the client stores it and sees no message. */
const positionBlock = (position: EventPosition): string => `id: ${formatPosition(position)}\n\n`;

export const firstBlock = (position: EventPosition, { isReset }: { isReset: boolean }): string =>
  `retry: ${RETRY_MS}\n${isReset ? 'event: reset\ndata: {}\n' : ''}${positionBlock(position)}`;

export const resetBlock = (position: EventPosition): string =>
  `event: reset\ndata: {}\n${positionBlock(position)}`;

/** A comment keeps proxies from closing the connection, the position keeps a filtered stream from falling behind. */
export const heartbeatBlock = (position: EventPosition): string => `: heartbeat\n${positionBlock(position)}`;

export const eventBlock = ({ kind, json }: ReadEvent['row'], position: EventPosition): string =>
  `id: ${formatPosition(position)}\nevent: ${kind}\ndata: ${json}\n\n`;
