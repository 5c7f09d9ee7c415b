import { connect, createServer, type Socket } from 'node:net';

export interface Cut {
  way: 'to the server' | 'to the client';
  after: number;
}

export interface Conversation {
  'to the server': Buffer;
  'to the client': Buffer;
  /** Changes of direction from the server to the client, and the first request. */
  roundTrips: number;
}

export interface CutOffProxy {
  url: string;
  /** Cuts the next connections; undefined for none. */
  cut: Cut | undefined;
  conversations: Conversation[];
  close(): Promise<void>;
}

export async function startCutOffProxy(databaseUrl: string, port = 0): Promise<CutOffProxy> {
  const target = new URL(databaseUrl);
  const server = createServer((client) => {
    const upstream = connect(Number(target.port || 5432), target.hostname);
    const { cut } = proxy;
    const conversation = {
      'to the server': Buffer.alloc(0),
      'to the client': Buffer.alloc(0),
      roundTrips: 0,
    };
    proxy.conversations.push(conversation);
    let lastWay: Cut['way'] | undefined;
    const both = [client, upstream];
    const destroy = () => {
      for (const socket of both) socket.destroy();
    };
    for (const socket of both) {
      socket.setNoDelay(true);
      socket.on('error', destroy);
      socket.on('close', destroy);
    }
    const pass = (way: Cut['way'], from: Socket, to: Socket) => {
      let left = cut?.way === way ? cut.after : Number.POSITIVE_INFINITY;
      if (left === 0) return destroy();
      from.on('data', (bytes) => {
        if (left === 0) return;
        const part = bytes.subarray(0, left);
        left -= part.length;
        conversation[way] = Buffer.concat([conversation[way], part]);
        if (way === 'to the server' && lastWay !== way) conversation.roundTrips += 1;
        lastWay = way;
        to.write(part, left === 0 ? destroy : undefined);
      });
    };
    pass('to the server', client, upstream);
    pass('to the client', upstream, client);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = String(address.port);
  const proxy: CutOffProxy = {
    url: url.href,
    cut: undefined,
    conversations: [],
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
  return proxy;
}

/** Where each message ends in `bytes`. The client's first message has no type byte. */
export function messageEnds(bytes: Buffer, way: Cut['way']): number[] {
  const ends: number[] = [];
  let position = way === 'to the server' ? bytes.readInt32BE(0) : 0;
  if (position > 0) ends.push(position);
  while (position + 5 <= bytes.length) {
    position += 1 + bytes.readInt32BE(position + 1);
    ends.push(position);
  }
  return ends;
}
