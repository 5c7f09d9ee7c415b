import type { Channel, DigestNotice, IncidentNotice, SendResult } from '../channel.ts';

export interface ScriptedMessage {
  recipient: string;
  incidents: number[];
  kind: 'incident' | 'digest';
  /** From 1, in the order in which messages began, over all recipients. */
  number: number;
}

export interface ScriptedChannel extends Channel {
  notices: IncidentNotice[];
  digests: DigestNotice[];
  messages: ScriptedMessage[];
  /** Maximum of concurrent messages to one recipient. */
  readonly maxConcurrent: number;
}

/** Returns the result of a message, or throws. An aborted message is interrupted. */
export type ScriptedAnswer = (message: ScriptedMessage) => SendResult | Promise<SendResult>;

export type DifferingChannel = Partial<Pick<Channel, 'transport' | 'mergesEvents' | 'getIntervalMs'>> & {
  fit?: number;
};

/** Creates a channel without a server. By default every message is sent. */
export function scriptedChannel(
  answer: ScriptedAnswer = () => ({ kind: 'sent', providerMessageId: 'm-1' }),
  { fit = Number.POSITIVE_INFINITY, ...differing }: DifferingChannel = {},
): ScriptedChannel {
  const notices: IncidentNotice[] = [];
  const digests: DigestNotice[] = [];
  const messages: ScriptedMessage[] = [];
  const underWay = new Map<string, number>();
  let maxConcurrent = 0;

  async function handle(message: Omit<ScriptedMessage, 'number'>, signal: AbortSignal): Promise<SendResult> {
    const numbered = { ...message, number: messages.length + 1 };
    messages.push(numbered);
    const now = (underWay.get(message.recipient) ?? 0) + 1;
    underWay.set(message.recipient, now);
    maxConcurrent = Math.max(maxConcurrent, now);
    const aborting = new AbortController();
    const aborted = new Promise<SendResult>((resolve) => {
      const interrupt = () => resolve({ kind: 'interrupted' });
      signal.addEventListener('abort', interrupt, { signal: aborting.signal });
    });
    try {
      return await Promise.race([answer(numbered), aborted]);
    } finally {
      aborting.abort();
      underWay.set(message.recipient, (underWay.get(message.recipient) ?? 1) - 1);
    }
  }

  return {
    transport: 'smtp',
    mergesEvents: false,
    getIntervalMs: () => 0,
    ...differing,
    notices,
    digests,
    messages,
    get maxConcurrent() {
      return maxConcurrent;
    },
    send(notice, signal) {
      notices.push(notice);
      return handle(
        { recipient: notice.recipient, incidents: [notice.incident.id], kind: 'incident' },
        signal,
      );
    },
    countFittingEntries: (entries) => Math.min(entries.length, fit),
    sendDigest(notice, signal) {
      digests.push(notice);
      const incidents = notice.entries.map(({ id }) => id);
      return handle({ recipient: notice.recipient, incidents, kind: 'digest' }, signal);
    },
    async sendTest(recipient, signal) {
      const result = await handle({ recipient, incidents: [], kind: 'incident' }, signal);
      if (result.kind === 'sent') return `sent as ${result.providerMessageId}`;
      throw new Error('error' in result ? result.error : result.kind);
    },
  };
}
