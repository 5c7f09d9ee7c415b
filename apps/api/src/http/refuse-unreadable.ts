import { randomUUID } from 'node:crypto';
import { type Server, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Dependencies } from './dependencies.ts';
import type { OpenReplies } from './open-replies.ts';
import { HttpProblem, type ProblemCode, problems } from './problem.ts';
import { problemDocument } from './problem-document.ts';
import { retryWithEncodedAddress } from './raw-address.ts';
import { dataSecurityHeaders } from './security-headers.ts';

/** What Node's parser found, and the bytes in which it did. */
type ClientError = NodeJS.ErrnoException & { rawPacket?: Buffer };

/** What Node's parser and timers report, where it is not simply a malformed request. */
const CODES: Record<string, ProblemCode> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
};

/** The replies to what never becomes a request that the application could answer. */
export function refuseUnreadable(
  { logger, locale }: Pick<Dependencies, 'logger' | 'locale'>,
  replies: Pick<OpenReplies, 'of'>,
) {
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
        ...dataSecurityHeaders,
      },
      body,
    };
  };

  return {
    refuse,
    /** For the server's `clientError`: bytes that are no HTTP, too many headers, a request that never ends. */
    onClientError(this: Server, error: ClientError, socket: Duplex): void {
      const open = replies.of(socket);
      // Nothing may be written into the middle of a reply.
      const hasBegun = open.some(({ headersSent }) => headersSent);
      if (error.code === 'ECONNRESET' || hasBegun || !socket.writable) {
        socket.destroy();
        return;
      }
      // The parser that gave up complains again, about the end of the connection at the latest.
      if (retried.has(socket)) return;
      if (error.code === 'HPE_INVALID_URL' && open.length === 0 && error.rawPacket) {
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
