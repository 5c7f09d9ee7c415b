import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { StreamedEvent } from '@incidents/contracts';
import { eventually } from '@incidents/testing/eventually';
import { expect } from 'vitest';

interface StreamMessage {
  id: string;
  event: string;
  data: string;
}

export interface StreamClient {
  status: number | undefined;
  headers: IncomingHttpHeaders;
  /** Comments and fields as received. */
  readonly text: string;
  readonly messages: StreamMessage[];
  readonly events: StreamedEvent[];
  /** Of the last block with an id, as the client would send it. */
  readonly lastId: string;
  readonly hasEnded: boolean;
  untilEvents(count: number): Promise<StreamedEvent[]>;
  pause(): void;
  resume(): void;
  close(): void;
}

/** Resolves with the head of the reply; the body arrives meanwhile. */
export async function openStream(
  port: number,
  { query = '', headers = {} }: { query?: string; headers?: Record<string, string> } = {},
): Promise<StreamClient> {
  const reply = await new Promise<IncomingMessage>((resolve, reject) => {
    request({ host: '127.0.0.1', port, path: `/incidents/stream${query}`, headers, agent: false }, resolve)
      .on('error', reject)
      .end();
  });
  let text = '';
  let hasEnded = false;
  reply.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const end = () => {
    hasEnded = true;
  };
  reply.on('error', end).on('close', end);

  const blocks = () =>
    text
      .split('\n\n')
      .slice(0, -1)
      .map((block) => new Map(block.split('\n').map((line) => line.split(/: (.*)/s, 2) as [string, string])));
  const messages = () =>
    blocks()
      .filter((block) => block.has('data'))
      .map((block) => ({
        id: block.get('id') ?? '',
        event: block.get('event') ?? 'message',
        data: block.get('data') ?? '',
      }));
  const events = () =>
    messages()
      .filter(({ event }) => event !== 'reset')
      .map(({ data }) => StreamedEvent.parse(JSON.parse(data)));
  return {
    status: reply.statusCode,
    headers: reply.headers,
    get text() {
      return text;
    },
    get messages() {
      return messages();
    },
    get events() {
      return events();
    },
    get lastId() {
      return (
        blocks()
          .findLast((block) => block.has('id'))
          ?.get('id') ?? ''
      );
    },
    get hasEnded() {
      return hasEnded;
    },
    untilEvents: (count) =>
      eventually(() => {
        const received = events();
        expect(received.length).toBeGreaterThanOrEqual(count);
        return received;
      }),
    pause: () => void reply.pause(),
    resume: () => void reply.resume(),
    close: () => void reply.destroy(),
  };
}
