import type { SunkMessage } from './message-sinks.ts';

/** A message and when a sink took it, in milliseconds of Unix time. */
export interface Arrival extends SunkMessage {
  at: number;
}

/** The messages that have arrived since the last `clear`. */
export interface Arrivals {
  add(arrival: Arrival): void;
  clear(): void;
  /** Different messages: an incident counts once per recipient. */
  readonly messages: number;
  /** Messages that had arrived before. */
  readonly copies: number;
  /** Seconds from the first message to the last; 0 without any. */
  readonly seconds: number;
  /**
   * When the last of `recipients` mailboxes or chats had an incident, in milliseconds of Unix time; undefined while one
   * of them has not.
   */
  toldAt(channel: Arrival['channel'], incident: number, recipients: number): number | undefined;
}

/** Begins with no messages. */
export function createArrivals(): Arrivals {
  const seen = new Set<string>();
  /** Recipients of an incident in a channel so far, and when the last of them had it. */
  const told = new Map<string, { recipients: number; at: number }>();
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
      told.set(key, { recipients: (told.get(key)?.recipients ?? 0) + 1, at });
    },
    clear() {
      seen.clear();
      told.clear();
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
    toldAt(channel, incident, recipients) {
      const state = told.get(`${channel} ${incident}`);
      return state !== undefined && state.recipients >= recipients ? state.at : undefined;
    },
  };
}
