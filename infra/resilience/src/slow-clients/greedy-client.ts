import { connect } from 'node:net';

/** Time between two reads of a slow reader; each takes at most 64 KiB. */
const PAUSE_MS = 150;

export interface GreedyClient {
  readonly received: number;
  readonly status: string | undefined;
  /** Resolves when the connection has ended; only a reading client notices that. */
  closed: Promise<void>;
  readOn(): void;
  giveUp(): void;
}

export function connectGreedyClient(
  port: number,
  sends: Buffer,
  reads: 'at once' | 'slowly' | 'never',
): GreedyClient {
  const socket = connect({ host: '127.0.0.1', port });
  let received = 0;
  let status: string | undefined;
  socket.on('data', (chunk: Buffer) => {
    status ??= /^HTTP\/1\.1 (\d{3})/.exec(chunk.toString('latin1'))?.[1];
    received += chunk.length;
    if (reads !== 'slowly') return;
    socket.pause();
    setTimeout(() => socket.resume(), PAUSE_MS);
  });
  if (reads === 'never') socket.pause();
  // A reset ends the connection as well.
  socket.on('error', () => {});
  socket.once('connect', () => socket.write(sends));
  return {
    get received() {
      return received;
    },
    get status() {
      return status;
    },
    closed: new Promise((resolve) => socket.once('close', () => resolve())),
    readOn: () => void socket.resume(),
    giveUp: () => socket.destroy(),
  };
}
