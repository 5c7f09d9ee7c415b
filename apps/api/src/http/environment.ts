import type { IncomingMessage } from 'node:http';

/** What Hono knows of one request. */
export interface Environment {
  /** From Node's server; absent in `app.request()` unless a test gives it. */
  Bindings: {
    incoming?: IncomingMessage | { socket: { remoteAddress?: string | undefined; writable?: boolean } };
    outgoing?: { destroy(): void };
  };
}
