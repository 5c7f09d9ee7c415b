import type { Server, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Logger } from '@incidents/runtime/logger';

/** Most open replies of one connection. Clients that send requests ahead of the replies send fewer. */
const MAX_PER_CONNECTION = 32;

/** Most bytes of open replies, over all connections. */
const MAX_UNSENT_BYTES = 64 * 1024 * 1024;

/** Milliseconds. Fast clients can ask for hundreds of megabytes within a second. */
const CHECK_INTERVAL_MS = 100;

/** Node.js compares the progress of a write once in this time, so a client without any is cut off in the second. */
const UNREAD_TIMEOUT_MS = 10_000;

/** Replies that their clients have not taken in full. */
export interface OpenReplies {
  /** @returns false where the connection has too many, and was cut off */
  add(reply: ServerResponse): boolean;
  /** Those of a connection, in their order. */
  of(connection: Duplex): ServerResponse[];
}

/** Bounds the memory that clients take up by not reading: beyond a limit their connections are cut off. */
export function boundOpenReplies(server: Server, { logger }: { logger: Logger }): OpenReplies {
  /** Finished replies stay until the next request of their connection. */
  const replies = new Map<Duplex, ServerResponse[]>();

  const openRepliesOf = (connection: Duplex) =>
    replies.get(connection)?.filter(({ writableFinished }) => !writableFinished) ?? [];

  const boundUnsentBytes = () => {
    let unsent = 0;
    for (const those of replies.values()) unsent += unsentBytes(those);
    if (unsent <= MAX_UNSENT_BYTES) return;
    const largestFirst = [...replies]
      .map(([connection, those]) => ({ connection, bytes: unsentBytes(those) }))
      .sort((a, b) => b.bytes - a.bytes);
    let left = unsent;
    let cut = 0;
    for (const { connection, bytes } of largestFirst) {
      if (left <= MAX_UNSENT_BYTES) break;
      left -= bytes;
      cut += 1;
      cutOff(connection);
    }
    logger.warn({ connections: cut, unsent_bytes: unsent }, 'clients that do not read were cut off');
  };

  const timer = setInterval(boundUnsentBytes, CHECK_INTERVAL_MS).unref();
  server
    .on('connection', (connection) => {
      replies.set(connection, []);
      connection.once('close', () => replies.delete(connection));
    })
    .once('close', () => clearInterval(timer))
    .setTimeout(UNREAD_TIMEOUT_MS, (connection) => {
      if (connection.writableLength > 0) cutOff(connection);
      // Node.js sets the other timeout, that of an idle connection. Requests that arrive have limits of their own.
      else if (connection.timeout !== UNREAD_TIMEOUT_MS) connection.destroy();
    });

  return {
    add(reply) {
      const connection = reply.req.socket;
      const open = openRepliesOf(connection);
      if (open.length === MAX_PER_CONNECTION) {
        cutOff(connection);
        return false;
      }
      open.push(reply);
      replies.set(connection, open);
      return true;
    },
    of: openRepliesOf,
  };
}

const unsentBytes = (those: ServerResponse[]) =>
  those.reduce((bytes, { writableLength }) => bytes + writableLength, 0);

/** With a reset, so that the system drops what it holds for the client too. */
const cutOff = (connection: Duplex) =>
  connection instanceof Socket ? connection.resetAndDestroy() : connection.destroy();
