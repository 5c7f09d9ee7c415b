import type { Incident } from '@incidents/contracts';

export type ChannelName = 'email' | 'telegram';

/** The result of one send. */
export type SendResult =
  /** It left; `providerMessageId` is what the channel calls it. */
  | { kind: 'sent'; providerMessageId: string | null }
  /** This message may leave later: it is tried again on its own schedule. */
  | { kind: 'retry'; error: string }
  /** Permanent: unknown address, bot removed from the chat. */
  | { kind: 'failed'; error: string }
  /** The address is closed for `delayMs`. The attempt does not count; the maximum age still applies. */
  | { kind: 'closed'; delayMs: number; error: string }
  /** The server accepts no messages from this worker. The channel pauses. */
  | { kind: 'unavailable'; error: string }
  /** The signal was aborted. The attempt does not count. */
  | { kind: 'interrupted' };

/** An incident as a message shows it. A status that was written by hand is shown as it is. */
export type NotifiedIncident = Omit<Incident, 'status'> & { status: string };

/** The line of an incident's history that a message is about. */
export interface NotifiedEvent {
  id: number;
  kind: 'created' | 'updated';
  /** What the status was and became, where it changed. */
  changes: { status?: { from: string; to: string } };
  /** `anonymous`, `key:ADMIN_API_KEY`, or `key:<id>:<name>` with a name that the key's maker chose. */
  actor: string;
}

/** One message about one incident, to one recipient. */
export interface IncidentNotice {
  deliveryId: number;
  recipient: string;
  /** As it is at the moment of sending. */
  incident: NotifiedIncident;
  event: NotifiedEvent;
  /** `providerMessageId` of the last message about this incident to this recipient; null when there is none. */
  previousMessageId: string | null;
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

/** Sends messages over one transport. Server replies become results; a thrown error counts as `retry`. */
export interface Channel {
  transport: 'smtp' | 'telegram' | 'log';
  /** Whether a later message about an incident replaces the earlier one, so that several events need one message. */
  mergesEvents: boolean;
  /** Minimum milliseconds from a reply to the next message to the same address. */
  intervalMs(recipient: string): number;
  send(notice: IncidentNotice, signal: AbortSignal): Promise<SendResult>;
  /** How many of `entries`, from the first on, fit into one message; at least 1. */
  fitDigest(entries: DigestEntry[]): number;
  sendDigest(notice: DigestNotice, signal: AbortSignal): Promise<SendResult>;
  /**
   * Sends a test message to a recipient.
   * @returns one line: the answer of the server
   * @throws Error with the reason why it was not sent
   */
  test(recipient: string, signal: AbortSignal): Promise<string>;
}

/** An entry of `MAIL_TO` or `TELEGRAM_CHAT_IDS`. */
export interface ConfiguredRecipient {
  /** An e-mail address, or `chat` or `chat:topic`. */
  recipient: string;
  /** The sources of the incidents that it gets; null for every source. */
  sources: string[] | null;
}

/** A channel, and its recipients. */
export interface ConfiguredChannel {
  channel: Channel;
  recipients: ConfiguredRecipient[];
}

/** The channel that a delivery leaves by. */
export type ChannelOf = (delivery: { channel: ChannelName; transport: Channel['transport'] }) => Channel;
