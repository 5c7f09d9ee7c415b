import type { ApiClientOptions } from 'grammy';

/** The server answered something that is not the Bot API's. */
export class NotTheBotApi extends Error {}

type BotFetch = NonNullable<ApiClientOptions['fetch']>;

/** The part of `AbortSignal` that Node's own and the library's have in common. */
interface Abortable {
  aborted: boolean;
  addEventListener(type: 'abort', listener: () => void): void;
}

/**
 * Node's `fetch` for the bot library, whose own one tells nothing about an answer that is not JSON but the
 * address, and that holds the token.
 * @throws NotTheBotApi with the status of an answer that is not the Bot API's JSON
 */
export const botFetch: BotFetch = async (
  url: string | URL,
  init: { signal?: Abortable } & RequestInit = {},
) => {
  const { method, headers, body, signal } = init;
  const response = await fetch(url, {
    method,
    headers,
    body,
    signal: signal && nativeSignal(signal),
    redirect: 'manual',
  });
  const text = await response.text();
  if (!isAnswer(text)) {
    throw new NotTheBotApi(
      [`the server answered`, response.status, response.statusText, `(not JSON)`].filter(Boolean).join(' '),
    );
  }
  return new Response(text, { status: response.status });
};

function isAnswer(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && 'ok' in value;
  } catch {
    return false;
  }
}

/** The library's signals are not instances of the class that `fetch` insists on. */
function nativeSignal(signal: Abortable): AbortSignal {
  const controller = new AbortController();
  if (signal.aborted) controller.abort();
  else signal.addEventListener('abort', () => controller.abort());
  return controller.signal;
}
