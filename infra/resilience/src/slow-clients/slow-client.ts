import { connect } from 'node:net';

/** Milliseconds from one byte to the next. */
const PAUSE = 1_000;
/** The same once the server has said its last: a system tells of a closed connection only to those who go on sending. */
const PAUSE_AT_THE_END = 50;

/** A client that never comes to the end of its request. */
export interface SlowClient {
  /** Milliseconds from its connection to the moment when the server had closed it. */
  closed: Promise<number>;
  /** The status that it was given before, if any. */
  readonly status: string | undefined;
  /** Breaks the connection. */
  giveUp(): void;
}

/** What each sends: at once, and then a byte at a time. */
const REQUESTS = {
  headers: {
    atOnce: '',
    slowly: `GET /incidents HTTP/1.1\r\nHost: localhost\r\nX-Slow: ${'a'.repeat(4_096)}`,
  },
  body: {
    atOnce:
      'POST /incidents HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 4096\r\n\r\n',
    slowly: `{"text": "${'a'.repeat(4_000)}`,
  },
};

/**
 * Connects, and is slow with one part of the request. It does not care for being told: only a closed connection
 * stops it.
 */
export function connectSlowClient(port: number, slowWith: keyof typeof REQUESTS): SlowClient {
  const { atOnce, slowly } = REQUESTS[slowWith];
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
  let reply = '';
  let sent = 0;
  let began = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const next = () => socket.write(slowly.charAt(sent++ % slowly.length));
  socket.setNoDelay(true);
  socket.setEncoding('latin1').on('data', (text: string) => {
    reply += text;
  });
  // A reset is an end like any other.
  socket.on('error', () => {});
  socket.once('connect', () => {
    began = performance.now();
    if (atOnce !== '') socket.write(atOnce);
    timer = setInterval(next, PAUSE);
  });
  socket.once('end', () => {
    clearInterval(timer);
    timer = setInterval(next, PAUSE_AT_THE_END);
  });
  return {
    closed: new Promise((resolve) => {
      socket.once('close', () => {
        clearInterval(timer);
        resolve(performance.now() - began);
      });
    }),
    get status() {
      return /^HTTP\/1\.1 (\d{3})/.exec(reply)?.[1];
    },
    giveUp: () => socket.destroy(),
  };
}
