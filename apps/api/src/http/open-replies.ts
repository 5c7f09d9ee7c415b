import type { Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from '@incidents/runtime/logger';
import { resetConnection } from './reset-connection.ts';

/** Clients with HTTP pipelining use fewer. */
const MAX_PER_CONNECTION = 32;

const MAX_UNSENT_BYTES = 64 * 1024 * 1024;

/** Fast clients can request hundreds of megabytes within a second. */
const CHECK_INTERVAL_MS = 100;

/** Node.js checks the progress of a write once per timeout, so a stuck client is cut off during the second one. */
const UNREAD_TIMEOUT_MS = 10_000;

/** Connections that time out meanwhile share one line of the log. */
const LOG_INTERVAL_MS = 1_000;

export interface OpenReplies {
  /** @returns false when the connection has too many and was reset */
  add(reply: ServerResponse): boolean;
  ofConnection(connection: Duplex): ServerResponse[];
}

/** Bounds the memory of unread replies: beyond a limit the connections with the most are reset. */
export function limitOpenReplies(server: Server, { logger }: { logger: Logger }): OpenReplies {
  /** Finished replies stay until the next request of their connection. */
  const replies = new Map<Duplex, ServerResponse[]>();

  const openRepliesOf = (connection: Duplex) =>
    replies.get(connection)?.filter(({ writableFinished }) => !writableFinished) ?? [];

  const limitUnsentBytes = () => {
    let unsent = 0;
    for (const open of replies.values()) unsent += unsentBytes(open);
    if (unsent <= MAX_UNSENT_BYTES) return;
    const largestFirst = [...replies]
      .map(([connection, open]) => ({ connection, bytes: unsentBytes(open) }))
      .sort((a, b) => b.bytes - a.bytes);
    let left = unsent;
    let cut = 0;
    for (const { connection, bytes } of largestFirst) {
      if (left <= MAX_UNSENT_BYTES) break;
      left -= bytes;
      cut += 1;
      resetConnection(connection);
    }
    logger.warn({ connections: cut, unsent_bytes: unsent }, 'clients that do not read were cut off');
  };

  let timedOut = 0;
  const logTimedOut = () => {
    logger.warn({ connections: timedOut }, 'clients that read nothing for 10 s were cut off');
    timedOut = 0;
  };
  const resetTimedOut = (connection: Duplex) => {
    resetConnection(connection);
    timedOut += 1;
    if (timedOut === 1) setTimeout(logTimedOut, LOG_INTERVAL_MS).unref();
  };

  const timer = setInterval(limitUnsentBytes, CHECK_INTERVAL_MS).unref();
  server
    .on('connection', (connection) => {
      replies.set(connection, []);
      connection.once('close', () => replies.delete(connection));
    })
    .once('close', () => clearInterval(timer))
    .setTimeout(UNREAD_TIMEOUT_MS, (connection) => {
      if (connection.writableLength > 0) resetTimedOut(connection);
      // Another timeout is Node's own, of an idle connection. Arriving requests have limits of their own.
      else if (connection.timeout !== UNREAD_TIMEOUT_MS) connection.destroy();
    });

  return {
    add(reply) {
      const connection = reply.req.socket;
      const open = openRepliesOf(connection);
      if (open.length === MAX_PER_CONNECTION) {
        resetConnection(connection);
        return false;
      }
      open.push(reply);
      replies.set(connection, open);
      return true;
    },
    ofConnection: openRepliesOf,
  };
}

const unsentBytes = (open: ServerResponse[]) =>
  open.reduce((bytes, { writableLength }) => bytes + writableLength, 0);
