import { Agent, get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface PageRead {
  incidents: number;
  milliseconds: number;
  problem: string | undefined;
  summary: string;
}

interface ReadOptions {
  query?: string;
  retryRefused?: boolean;
  atFirstByte?: () => Promise<unknown>;
}

/** Reads `GET /incidents/?limit=…` piece by piece: a body may be longer than any string. */
export async function readPage(url: string, limit: number, options: ReadOptions = {}): Promise<PageRead> {
  const { query = '', retryRefused = false, atFirstByte } = options;
  const began = performance.now();
  const agent = new Agent();
  const scan = scanPage();
  let status: number | undefined;
  let problem: string | undefined;
  let bytes = 0;
  try {
    let reply: IncomingMessage;
    for (;;) {
      reply = await new Promise((resolve, reject) => {
        get(`${url}/incidents/?limit=${limit}${query}`, { agent }, resolve).on('error', reject);
      });
      status = reply.statusCode;
      if (status !== 503 || !retryRefused) break;
      reply.resume();
      await sleep(50);
    }
    await atFirstByte?.call(undefined).catch(() => {});
    for await (const chunk of reply.setEncoding('utf8')) {
      bytes += Buffer.byteLength(chunk);
      if (status === 200) scan.add(chunk);
    }
    if (status !== 200) problem = `status ${status}`;
    else if (!reply.complete) problem = 'broken off';
    else problem = scan.problem();
  } catch (error) {
    problem = error instanceof Error ? error.message : String(error);
  } finally {
    agent.destroy();
  }
  const milliseconds = Math.round(performance.now() - began);
  return {
    incidents: scan.incidents,
    milliseconds,
    problem,
    summary: `${scan.incidents} incidents, ${Math.round(bytes / 1e6)} MB in ${milliseconds} ms${problem ? `: ${problem}` : ''}`,
  };
}

/** The end of an incident. Texts contain no such text; labels are an object of their own. */
const END = /(?<="version":\d+)\}/;

/** Parses an array of incidents while it arrives. */
function scanPage() {
  let rest = '';
  let incidents = 0;
  let lastId = Number.POSITIVE_INFINITY;
  let last = Number.POSITIVE_INFINITY;
  let disorder: string | undefined;
  return {
    get incidents() {
      return incidents;
    },
    add(chunk: string) {
      const parts = (rest + chunk).split(END);
      rest = parts.pop() ?? '';
      for (const part of parts) {
        const before = incidents === 0 ? '[' : ',';
        if (!part.startsWith(before)) disorder ??= `"${part.slice(0, 1)}" where "${before}" has to be`;
        const { id, created_at } = JSON.parse(`${part.slice(1)}}`);
        const at = Date.parse(created_at);
        if (at > last || (at === last && id >= lastId)) disorder ??= `${id} stands behind ${lastId}`;
        last = at;
        lastId = id;
        incidents += 1;
      }
    },
    problem: () => disorder ?? (rest === ']' || (incidents === 0 && rest === '[]') ? undefined : 'no end'),
  };
}

/** Requests a page and reads only the first bytes of its head. */
export function openSilentReader(url: string, limit: number) {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.on('error', () => {});
  socket.once('connect', () =>
    socket.write(`GET /incidents/?limit=${limit} HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`),
  );
  return {
    /** Undefined when the connection closes without a reply. */
    status: new Promise<string | undefined>((resolve) => {
      socket.once('close', () => resolve(undefined));
      socket.once('data', (head: Buffer) => {
        socket.pause();
        resolve(/^HTTP\/1\.1 (\d{3})/.exec(head.toString('latin1'))?.[1]);
      });
    }),
    close: () => socket.destroy(),
  };
}
