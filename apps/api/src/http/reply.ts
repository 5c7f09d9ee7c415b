/** A reply before it is sent. Its headers are plain: a `Headers` object per request costs more than all of them. */
export interface Reply {
  status: number;
  headers: Record<string, string>;
  body: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | null;
}

/** A value as JSON. */
export const jsonReply = (value: unknown, headers: Record<string, string> = {}, status = 200): Reply =>
  jsonTextReply(JSON.stringify(value), headers, status);

/** A reply whose body is already JSON text. */
export const jsonTextReply = (json: string, headers: Record<string, string> = {}, status = 200): Reply => ({
  status,
  headers: { ...headers, 'Content-Type': 'application/json' },
  body: json,
});
