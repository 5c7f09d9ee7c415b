import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** A reset also frees the system's send buffer. */
export const resetConnection = (connection: Duplex): void => {
  if (connection instanceof Socket) connection.resetAndDestroy();
  else connection.destroy();
};
