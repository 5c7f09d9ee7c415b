import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

const resets = new WeakSet<Duplex>();

/** A reset also frees the system's send buffer. */
export const resetConnection = (connection: Duplex): void => {
  resets.add(connection);
  if (connection instanceof Socket) connection.resetAndDestroy();
  else connection.destroy();
};

/** Whether this process reset the connection, and not its client. */
export const wasReset = (connection: Duplex): boolean => resets.has(connection);
