import { connect } from 'node:net';

const PAUSE_MS = 1_000;
/** The same after the server's end: a system reports a closed connection only to a client that sends. */
const PAUSE_AFTER_END_MS = 50;

export interface SlowClient {
  /** Milliseconds from the connection to its end by the server. */
  closed: Promise<number>;
  readonly status: string | undefined;
  giveUp(): void;
}

/** The first part is sent at once, the second byte by byte. */
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
  // A reset ends the connection as well.
  socket.on('error', () => {});
  socket.once('connect', () => {
    began = performance.now();
    if (atOnce !== '') socket.write(atOnce);
    timer = setInterval(next, PAUSE_MS);
  });
  socket.once('end', () => {
    clearInterval(timer);
    timer = setInterval(next, PAUSE_AFTER_END_MS);
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
