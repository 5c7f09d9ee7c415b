import { randomUUID } from 'node:crypto';
import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Dependencies } from './dependencies.ts';
import { HttpProblem, type ProblemCode, problems } from './problem.ts';
import { problemDocument } from './problem-document.ts';
import { retryWithEncodedAddress } from './raw-address.ts';
import { headersOfBareReply } from './security-headers.ts';

/** What Node's parser found, and the bytes in which it did. */
type ClientError = NodeJS.ErrnoException & { rawPacket?: Buffer };

/** What Node's parser and timers report, where it is not simply a malformed request. */
const CODES: Record<string, ProblemCode> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
};

/** The replies to what never becomes a request that the application could answer. */
export function refuseUnreadable({ logger, locale }: Pick<Dependencies, 'logger' | 'locale'>) {
  const underWay = new WeakMap<Duplex, ServerResponse>();
  const retried = new WeakSet<Duplex>();

  const refuse = (code: ProblemCode, cause: string) => {
    const requestId = randomUUID();
    const { status } = problems[code];
    logger.info({ request_id: requestId, status, cause }, 'unreadable request');
    const body = JSON.stringify(problemDocument(new HttpProblem(code), { locale, instance: '', requestId }));
    return {
      status,
      headers: {
        'Content-Type': 'application/problem+json',
        'Content-Length': String(Buffer.byteLength(body)),
        'X-Request-Id': requestId,
        Connection: 'close',
        ...headersOfBareReply,
      },
      body,
    };
  };

  return {
    refuse,
    /** Has to see each request, so that `onClientError` does not write into the middle of its reply. */
    onRequest(incoming: IncomingMessage, outgoing: ServerResponse): void {
      underWay.set(incoming.socket, outgoing);
    },
    /** For the server's `clientError`: bytes that are no HTTP, too many headers, a request that never ends. */
    onClientError(this: Server, error: ClientError, socket: Duplex): void {
      const reply = underWay.get(socket);
      const unfinished = reply !== undefined && !reply.writableFinished;
      if (error.code === 'ECONNRESET' || (unfinished && reply.headersSent) || !socket.writable) {
        socket.destroy();
        return;
      }
      // The parser that gave up complains again, about the end of the connection at the latest.
      if (retried.has(socket)) return;
      if (error.code === 'HPE_INVALID_URL' && !unfinished && error.rawPacket) {
        if (retryWithEncodedAddress(this, error.rawPacket, socket)) {
          retried.add(socket);
          return;
        }
      }
      const { status, headers, body } = refuse(CODES[error.code ?? ''] ?? 'malformed_request', error.message);
      const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
      socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head.join('')}\r\n${body}`, () =>
        socket.destroy(),
      );
    },
  };
}
