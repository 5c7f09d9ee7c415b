import type { IncomingMessage, ServerResponse } from 'node:http';

export interface HonoEnv {
  /** From Node's server; absent in `app.request()` unless a test sets it. */
  Bindings: {
    incoming?: IncomingMessage | { socket: { remoteAddress?: string | undefined; writable?: boolean } };
    outgoing?: Pick<ServerResponse, 'destroy'> & Partial<Pick<ServerResponse, 'destroyed' | 'write'>>;
  };
}
