import { get, type IncomingMessage } from 'node:http';

/** Until a broken stream is opened again. */
const RECONNECT_MS = 200;

export interface StreamReader {
  /** Ids of events, in the order of arrival, with repetitions. */
  received: number[];
  /** Milliseconds from each event to its arrival, by one clock. */
  lags: number[];
  reconnects: number;
  resets: number;
  /** Closes the connection; a reconnect follows. */
  breakOff(): void;
  close(): void;
}

/** Follows `GET /incidents/stream`, as a browser does. Resolves when the first position has arrived. */
export function openStreamReader(url: string, authorization: Record<string, string>): Promise<StreamReader> {
  const { promise, resolve } = Promise.withResolvers<StreamReader>();
  let lastId = '';
  let reply: IncomingMessage | undefined;
  let isClosed = false;
  const reader: StreamReader = {
    received: [],
    lags: [],
    reconnects: 0,
    resets: 0,
    breakOff: () => void reply?.destroy(),
    close() {
      isClosed = true;
      reply?.destroy();
    },
  };

  const connect = () => {
    let rest = '';
    let hasEnded = false;
    const reconnect = () => {
      if (hasEnded || isClosed) return;
      hasEnded = true;
      reader.reconnects += 1;
      setTimeout(connect, RECONNECT_MS);
    };
    const headers = { ...authorization, ...(lastId !== '' && { 'Last-Event-ID': lastId }) };
    get(`${url}/incidents/stream`, { agent: false, headers }, (incoming) => {
      reply = incoming;
      incoming.on('error', reconnect).on('close', reconnect);
      if (incoming.statusCode !== 200) return void incoming.resume();
      incoming.setEncoding('utf8').on('data', (chunk: string) => {
        const blocks = (rest + chunk).split('\n\n');
        rest = blocks.pop() ?? '';
        for (const block of blocks) take(block);
      });
    }).on('error', reconnect);
  };

  function take(block: string): void {
    lastId = /^id: (.*)$/m.exec(block)?.[1] ?? lastId;
    if (/^event: reset$/m.test(block)) reader.resets += 1;
    // Whole documents would cost more than the API takes.
    const [, id, at] = /^data: {"event" : {"id" : (\d+).*?"at" : "([^"]+)"}/m.exec(block) ?? [];
    if (id !== undefined && at !== undefined) {
      reader.received.push(Number(id));
      reader.lags.push(Date.now() - Date.parse(at));
    }
    resolve(reader);
  }

  connect();
  return promise;
}
