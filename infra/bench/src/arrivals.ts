import type { ReceivedMessage } from './message-sinks.ts';

/** A message and its time of arrival, in milliseconds of Unix time. */
export interface Arrival extends ReceivedMessage {
  at: number;
}

export interface Arrivals {
  add(arrival: Arrival): void;
  clear(): void;
  /** Distinct messages: an incident counts once per recipient. */
  readonly messages: number;
  readonly copies: number;
  /** Seconds from the first message to the last; 0 without any. */
  readonly seconds: number;
  /** Milliseconds of Unix time; undefined until it has arrived at all `recipients` mailboxes or chats. */
  completedAt(channel: Arrival['channel'], incident: number, recipients: number): number | undefined;
}

export function createArrivals(): Arrivals {
  const seen = new Set<string>();
  const progress = new Map<string, { recipients: number; at: number }>();
  let copies = 0;
  let first: number | undefined;
  let last = 0;
  return {
    add({ channel, incident, recipient, at }) {
      const key = `${channel} ${incident}`;
      first ??= at;
      last = at;
      if (seen.has(`${key} ${recipient}`)) {
        copies += 1;
        return;
      }
      seen.add(`${key} ${recipient}`);
      progress.set(key, { recipients: (progress.get(key)?.recipients ?? 0) + 1, at });
    },
    clear() {
      seen.clear();
      progress.clear();
      copies = 0;
      first = undefined;
      last = 0;
    },
    get messages() {
      return seen.size;
    },
    get copies() {
      return copies;
    },
    get seconds() {
      return first === undefined ? 0 : (last - first) / 1_000;
    },
    completedAt(channel, incident, recipients) {
      const state = progress.get(`${channel} ${incident}`);
      return state !== undefined && state.recipients >= recipients ? state.at : undefined;
    },
  };
}
