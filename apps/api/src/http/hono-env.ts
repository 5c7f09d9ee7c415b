import type { IncomingMessage } from 'node:http';

/** Hono's type parameter for its contexts. */
export interface HonoEnv {
  /** From Node's server; absent in `app.request()` unless a test sets it. */
  Bindings: {
    incoming?: IncomingMessage | { socket: { remoteAddress?: string | undefined; writable?: boolean } };
    outgoing?: { destroy(): void };
  };
}
