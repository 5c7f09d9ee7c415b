import type { Incident } from '@incidents/contracts';

/** What came of an attempt to send. */
export type Outcome =
  /** It left; `providerMessageId` is what the channel calls it. */
  | { kind: 'sent'; providerMessageId: string | null }
  /** It may work later: tried again on the delivery's schedule. */
  | { kind: 'retry'; error: string }
  /** It will never work (no such address, the bot was thrown out). */
  | { kind: 'failed'; error: string }
  /** Nothing was wrong, it is just not its turn: again after `delay` milliseconds, the attempt does not count. */
  | { kind: 'wait'; delay: number; error?: string }
  /**
   * The recipient takes nothing for the next `delay` milliseconds. The attempt does not count, but what is closed may
   * stay so: given up when the delivery is too old.
   */
  | { kind: 'closed'; delay: number; error: string };

/** An incident as a message shows it. A status that was written by hand is shown as it is. */
export type NotifiedIncident = Omit<Incident, 'status'> & { status: string };

/** One message about one incident, to one recipient. */
export interface IncidentNotice {
  deliveryId: number;
  recipient: string;
  /** As it is at the moment of sending. */
  incident: NotifiedIncident;
  event: { id: number; kind: 'created' | 'updated' };
}

/** An incident as a digest names it. */
export type DigestEntry = Pick<NotifiedIncident, 'id' | 'text' | 'status' | 'source' | 'created_at'>;

/** Some of the incidents that gathered for a recipient during a storm; as many as fit into one message. */
export interface DigestNotice {
  /** The deliveries that it stands for, one per entry. */
  deliveryIds: number[];
  recipient: string;
  entries: DigestEntry[];
}

/**
 * A way for messages to leave. A channel never throws for what its server answers, it returns an outcome;
 * what it throws all the same is taken for a retry.
 */
export interface Channel {
  transport: 'smtp' | 'telegram' | 'log';
  send(notice: IncidentNotice, signal: AbortSignal): Promise<Outcome>;
  /** How many of `entries`, from the first on, fit into one message; at least 1. */
  fitDigest(entries: DigestEntry[]): number;
  sendDigest(notice: DigestNotice, signal: AbortSignal): Promise<Outcome>;
}

export type ChannelName = 'email' | 'telegram';

/** A channel, and everybody who is told over it. */
export interface ConfiguredChannel {
  channel: Channel;
  recipients: string[];
}
