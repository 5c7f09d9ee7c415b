import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * After a stall a request and the end of its connection are read in two turns of the event loop.
 * Node.js answers no half-closed connection, so an end is enough.
 */
export async function hasDisconnected(socket: Socket): Promise<boolean> {
  await nextTurn();
  await nextTurn();
  return !socket.writable;
}
