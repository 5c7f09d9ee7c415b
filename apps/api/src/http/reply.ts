/** Its headers are a plain object, as a `Headers` object per request costs more. */
export interface Reply {
  status: number;
  headers: Record<string, string>;
  body: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | null;
}

export const jsonReply = (value: unknown, headers: Record<string, string> = {}, status = 200): Reply =>
  jsonTextReply(JSON.stringify(value), headers, status);

export const jsonTextReply = (
  json: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
  status = 200,
): Reply => ({
  status,
  headers: { ...headers, 'Content-Type': 'application/json' },
  body: json,
});

export const emptyReply: Reply = { status: 204, headers: {}, body: null };
