import type { Channel, DigestNotice, IncidentNotice, SendResult } from '../channel.ts';

/** One message as a scripted channel met it. */
export interface ScriptedMessage {
  recipient: string;
  /** The incidents that it tells of. */
  incidents: number[];
  kind: 'incident' | 'digest';
  /** Position in the order in which messages began, from 1, over every recipient. */
  number: number;
}

/** A channel that keeps what it is given. */
export interface ScriptedChannel extends Channel {
  notices: IncidentNotice[];
  digests: DigestNotice[];
  /** Every message that began, in order. */
  messages: ScriptedMessage[];
  /** The most messages that were under way to one recipient at the same time. */
  readonly maxUnderWay: number;
}

/** What comes of a message, or how it throws. One that does not end is interrupted when it is aborted. */
export type ScriptedAnswer = (message: ScriptedMessage) => SendResult | Promise<SendResult>;

/** What differs from a channel of e-mail that has no limits. */
export type DifferingChannel = Partial<Pick<Channel, 'transport' | 'mergesEvents' | 'intervalMs'>> & {
  /** Incidents that fit into one digest. */
  fit?: number;
};

/** A channel without a wire. It takes everything unless `answer` says otherwise. */
export function scriptedChannel(
  answer: ScriptedAnswer = () => ({ kind: 'sent', providerMessageId: 'm-1' }),
  { fit = Number.POSITIVE_INFINITY, ...differing }: DifferingChannel = {},
): ScriptedChannel {
  const notices: IncidentNotice[] = [];
  const digests: DigestNotice[] = [];
  const messages: ScriptedMessage[] = [];
  const underWay = new Map<string, number>();
  let maxUnderWay = 0;

  async function meet(message: Omit<ScriptedMessage, 'number'>, signal: AbortSignal): Promise<SendResult> {
    const numbered = { ...message, number: messages.length + 1 };
    messages.push(numbered);
    const now = (underWay.get(message.recipient) ?? 0) + 1;
    underWay.set(message.recipient, now);
    maxUnderWay = Math.max(maxUnderWay, now);
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
    intervalMs: () => 0,
    ...differing,
    notices,
    digests,
    messages,
    get maxUnderWay() {
      return maxUnderWay;
    },
    send(notice, signal) {
      notices.push(notice);
      return meet({ recipient: notice.recipient, incidents: [notice.incident.id], kind: 'incident' }, signal);
    },
    countFittingEntries: (entries) => Math.min(entries.length, fit),
    sendDigest(notice, signal) {
      digests.push(notice);
      const incidents = notice.entries.map(({ id }) => id);
      return meet({ recipient: notice.recipient, incidents, kind: 'digest' }, signal);
    },
    async sendTest(recipient, signal) {
      const result = await meet({ recipient, incidents: [], kind: 'incident' }, signal);
      if (result.kind === 'sent') return `sent as ${result.providerMessageId}`;
      throw new Error('error' in result ? result.error : result.kind);
    },
  };
}
