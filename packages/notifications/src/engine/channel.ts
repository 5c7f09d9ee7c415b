import type { Incident } from '@incidents/contracts';
import type { ChannelName, TransportName } from '@incidents/db/tables/channel';
import type { EventKind } from '@incidents/db/tables/incident-event';

export type { ChannelName };

export type SendResult =
  | { kind: 'sent'; providerMessageId: string | null }
  | { kind: 'retry'; error: string }
  /** Permanent: unknown address, bot removed from the chat. */
  | { kind: 'failed'; error: string }
  /** The address is closed for `delayMs`. The attempt does not count; the maximum age still applies. */
  | { kind: 'closed'; delayMs: number; error: string }
  /** The server accepts no messages from this worker. The channel pauses. */
  | { kind: 'unavailable'; error: string }
  /** The signal was aborted. The attempt does not count. */
  | { kind: 'interrupted' };

export type NotifiedIncident = Pick<
  Incident,
  | 'id'
  | 'text'
  | 'description'
  | 'status'
  | 'source'
  | 'created_at'
  | 'severity'
  | 'bot'
  | 'assignee'
  | 'occurrences'
>;

export interface ValueChange {
  from: string;
  to: string;
}

export interface NotifiedEvent {
  id: number;
  kind: EventKind;
  changes: { status?: ValueChange; severity?: ValueChange };
  /** `anonymous`, `key:ADMIN_API_KEY` or `key:<id>:<name>`; the creator of the key chose its name. */
  actor: string;
}

export interface IncidentNotice {
  deliveryId: number;
  recipient: string;
  incident: NotifiedIncident;
  event: NotifiedEvent;
  /** `providerMessageId` of the message that this one may replace; null when it has to be a new one. */
  previousMessageId: string | null;
}

export type DigestEntry = Pick<
  NotifiedIncident,
  'id' | 'text' | 'status' | 'source' | 'created_at' | 'severity' | 'bot' | 'assignee' | 'occurrences'
> & {
  /** `escalated` if it has escalated and is still new, else `created` if the digest covers that, else the kind of its last event. */
  kind: EventKind;
};

export interface DigestNotice {
  deliveryIds: number[];
  recipient: string;
  entries: DigestEntry[];
}

/** Sends messages over one transport. Server replies become results. A thrown error counts as `retry`. */
export interface Channel {
  transport: TransportName;
  /** Whether one message covers several events of an incident, because it replaces the earlier message. */
  mergesEvents: boolean;
  /** Minimum milliseconds from a reply to the next message to the same address. */
  getIntervalMs(recipient: string): number;
  send(notice: IncidentNotice, signal: AbortSignal): Promise<SendResult>;
  /** The number of `entries`, from the first on, that fit into one message; at least 1. */
  countFittingEntries(entries: DigestEntry[]): number;
  sendDigest(notice: DigestNotice, signal: AbortSignal): Promise<SendResult>;
  /**
   * @returns one line: the server's reply
   * @throws Error with the reason why it was not sent
   */
  sendTest(recipient: string, signal: AbortSignal): Promise<string>;
  /**
   * Connects to the server and logs in; sends nothing. A channel without a server has no such check.
   * @throws Error with the reason in one line, without secrets
   */
  checkServer?(signal: AbortSignal): Promise<void>;
}

/** An entry of `MAIL_TO`, `TELEGRAM_CHAT_IDS` or `ESCALATE_TO`. */
export interface ConfiguredRecipient {
  recipient: string;
  /** The sources of its incidents; null for every source. */
  sources: string[] | null;
  /** The severities of its incidents; none for every severity. */
  severities?: string[];
  /** Whether it is an entry of `ESCALATE_TO`. */
  onlyEscalations?: boolean;
}

export interface ConfiguredChannel {
  channel: Channel;
  recipients: ConfiguredRecipient[];
}

export type FindChannel = (delivery: { channel: ChannelName; transport: Channel['transport'] }) => Channel;
