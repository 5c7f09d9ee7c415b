/** What Hono knows of one request. */
export interface Environment {
  /** From Node's server; absent in `app.request()` unless a test gives it. */
  Bindings: {
    incoming?: { socket: { remoteAddress?: string | undefined } };
    outgoing?: { destroy(): void };
  };
  Variables: { requestId: string };
}
