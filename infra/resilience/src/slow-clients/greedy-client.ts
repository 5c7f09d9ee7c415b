import { connect } from 'node:net';

/** Milliseconds from one read to the next of a client that reads slowly; each takes 64 KiB at most. */
const PAUSE = 150;

/** A client that takes up memory of the server. */
export interface GreedyClient {
  /** Bytes that it has read. */
  readonly received: number;
  /** The status of the first reply that it has read, if any. */
  readonly status: string | undefined;
  /** Resolves when the connection has ended, which a client notices only while it reads. */
  closed: Promise<void>;
  /** Reads as soon as there is anything from now on. */
  readOn(): void;
  /** Breaks the connection. */
  giveUp(): void;
}

/** Connects, sends everything at once, and nothing after that. */
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
    setTimeout(() => socket.resume(), PAUSE);
  });
  if (reads === 'never') socket.pause();
  // A reset is an end like any other.
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
