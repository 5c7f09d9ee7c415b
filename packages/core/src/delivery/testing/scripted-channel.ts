import type { Channel, DigestNotice, IncidentNotice, Outcome } from '../channel.ts';

/** A channel that keeps what it is given. */
export interface ScriptedChannel extends Channel {
  notices: IncidentNotice[];
  digests: DigestNotice[];
}

/**
 * A channel without a wire.
 * @param answer what comes of an attempt, or how it throws
 * @param fit how many incidents fit into one digest
 */
export function scriptedChannel(
  answer: (recipient: string) => Outcome | Promise<Outcome> = () => ({
    kind: 'sent',
    providerMessageId: 'm-1',
  }),
  fit = Number.POSITIVE_INFINITY,
): ScriptedChannel {
  const notices: IncidentNotice[] = [];
  const digests: DigestNotice[] = [];
  return {
    transport: 'smtp',
    notices,
    digests,
    async send(notice) {
      notices.push(notice);
      return answer(notice.recipient);
    },
    fitDigest: (entries) => Math.min(entries.length, fit),
    async sendDigest(notice) {
      digests.push(notice);
      return answer(notice.recipient);
    },
  };
}
