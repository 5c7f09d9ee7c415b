import { Agent, request as httpRequest } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import type { Request } from './requests.ts';

const REPLY_TIMEOUT_MS = 10_000;

export interface Target {
  port: number;
  headers: Record<string, string>;
}

/** Sends one request at a time over a kept connection. */
export interface Client {
  send(request: Request): Promise<Response>;
  close(): void;
}

export function createClient(target: Target): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return {
    send: (request) => send(target, agent, request),
    close: () => agent.destroy(),
  };
}

function send({ port, headers }: Target, agent: Agent, request: Request): Promise<Response> {
  const { method, target, body } = request;
  const bytes = body && Buffer.from(body.bytes, 'latin1');
  const given = new Set(request.headers.map(([name]) => name.toLowerCase()));
  const others = Object.entries({ Host: `127.0.0.1:${port}`, ...headers }).filter(
    ([name]) => !given.has(name.toLowerCase()),
  );
  const framing: [string, string][] = body?.chunked
    ? [['Transfer-Encoding', 'chunked']]
    : bytes || method !== 'GET'
      ? [['Content-Length', String(bytes?.length ?? 0)]]
      : [];
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      {
        host: '127.0.0.1',
        port,
        agent,
        method,
        path: target,
        headers: [...others, ...request.headers, ...framing].flat(),
        timeout: REPLY_TIMEOUT_MS,
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        const respond = () => {
          const status = incoming.statusCode ?? 0;
          const pairs = incoming.rawHeaders.flatMap((name, index, raw) =>
            index % 2 === 0 ? [[name, raw[index + 1] ?? ''] satisfies [string, string]] : [],
          );
          const content =
            chunks.length === 0 ? null : decode(Buffer.concat(chunks), incoming.headers['content-encoding']);
          resolve(new Response(content, { status, headers: pairs }));
        };
        incoming.on('error', reject);
        if (incoming.headers['content-type'] === 'text/event-stream') {
          // It has no end.
          respond();
          incoming.destroy();
          return;
        }
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('end', respond);
      },
    );
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${REPLY_TIMEOUT_MS} ms`)));
    outgoing.on('error', reject);
    outgoing.end(bytes);
  });
}

function decode(bytes: Buffer<ArrayBuffer>, encoding: string | undefined): Buffer<ArrayBuffer> {
  if (encoding === undefined) return bytes;
  if (encoding === 'br') return brotliDecompressSync(bytes);
  if (encoding === 'gzip') return gunzipSync(bytes);
  throw new Error(`the reply has an unknown Content-Encoding: ${encoding}`);
}
