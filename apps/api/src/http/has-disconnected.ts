import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * Whether a client has closed its connection. After a stall its request and the end of the connection are read in two
 * turns of the event loop. Node.js answers no half-closed connection, so an end is enough.
 */
export async function hasDisconnected(socket: Socket): Promise<boolean> {
  await nextTurn();
  await nextTurn();
  return !socket.writable;
}
