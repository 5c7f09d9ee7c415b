import { once } from 'node:events';
import { connect } from 'node:net';

export interface RawConnection {
  write(...parts: (string | Uint8Array)[]): void;
  pause(): void;
  end(): void;
  /** Resolves with all replies once `count` of them are whole. */
  replies(count: number): Promise<RawReply[]>;
  /** Resolves with all replies when the other side has closed. */
  closed(): Promise<RawReply[]>;
  received(): string;
  destroy(): void;
}

export interface RawReply {
  status: number;
  headers: Headers;
  body: string;
}

export async function openConnection(port: number): Promise<RawConnection> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  let received = Buffer.alloc(0);
  let wake = () => {};
  let ended = false;
  const end = () => {
    ended = true;
    wake();
  };
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    wake();
  });
  // A reset ends the connection as well.
  socket.on('error', end).on('close', end);

  const waitUntil = async (done: () => boolean) => {
    while (!done() && !ended) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return parseReplies(received);
  };
  return {
    write: (...parts) => {
      for (const part of parts) socket.write(part);
    },
    pause: () => void socket.pause(),
    end: () => socket.end(),
    replies: (count) => waitUntil(() => parseReplies(received).length >= count),
    closed: () => waitUntil(() => false),
    received: () => received.toString('utf8'),
    destroy: () => socket.destroy(),
  };
}

export async function exchange(port: number, ...parts: (string | Uint8Array)[]): Promise<RawReply[]> {
  const connection = await openConnection(port);
  connection.write(...parts);
  return connection.closed();
}

function parseReplies(bytes: Buffer): RawReply[] {
  const replies: RawReply[] = [];
  for (let rest = bytes; ; ) {
    const headEnd = rest.indexOf('\r\n\r\n');
    if (headEnd < 0) return replies;
    const [statusLine = '', ...lines] = rest.subarray(0, headEnd).toString('latin1').split('\r\n');
    const headers = new Headers(
      lines.map((line): [string, string] => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon), line.slice(colon + 1).trim()];
      }),
    );
    const bodyStart = headEnd + 4;
    const bodyEnd = bodyStart + Number(headers.get('content-length') ?? 0);
    if (rest.length < bodyEnd) return replies;
    replies.push({
      status: Number(statusLine.split(' ')[1]),
      headers,
      body: rest.subarray(bodyStart, bodyEnd).toString('utf8'),
    });
    rest = rest.subarray(bodyEnd);
  }
}
