import { randomUUID } from 'node:crypto';
import { type Server, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { createProblemDocument } from './create-problem-document.ts';
import type { Dependencies } from './dependencies.ts';
import type { OpenReplies } from './open-replies.ts';
import { HttpProblem, type ProblemCode, problems } from './problem.ts';
import { retryWithEncodedTarget } from './request-target.ts';
import { dataSecurityHeaders } from './security-headers.ts';

type ClientError = NodeJS.ErrnoException & { rawPacket?: Buffer };

/** Any other code is a malformed request. */
const CODES: Record<string, ProblemCode> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
};

export function createClientErrorHandler(
  { logger, locale }: Pick<Dependencies, 'logger' | 'locale'>,
  replies: Pick<OpenReplies, 'ofConnection'>,
) {
  const retried = new WeakSet<Duplex>();

  const makeProblemReply = (code: ProblemCode, cause: string) => {
    const requestId = randomUUID();
    const { status } = problems[code];
    logger.info({ request_id: requestId, status, cause }, 'unreadable request');
    const body = JSON.stringify(
      createProblemDocument(new HttpProblem(code), { locale, instance: '', requestId }),
    );
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
    makeProblemReply,
    /** For the server's `clientError`: no HTTP, oversized headers, a request that does not end in time. */
    onClientError(this: Server, error: ClientError, socket: Duplex): void {
      const open = replies.ofConnection(socket);
      // A problem in the middle of another reply would corrupt it.
      const hasBegun = open.some(({ headersSent }) => headersSent);
      if (error.code === 'ECONNRESET' || hasBegun || !socket.writable) {
        socket.destroy();
        return;
      }
      // The failed parser reports again, at the latest when the connection ends.
      if (retried.has(socket)) return;
      if (error.code === 'HPE_INVALID_URL' && open.length === 0 && error.rawPacket) {
        if (retryWithEncodedTarget(this, error.rawPacket, socket)) {
          retried.add(socket);
          return;
        }
      }
      const code = CODES[error.code ?? ''] ?? 'malformed_request';
      const { status, headers, body } = makeProblemReply(code, error.message);
      const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
      socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head.join('')}\r\n${body}`, () =>
        socket.destroy(),
      );
    },
  };
}
