/** How a message gets to somebody. */
export type ChannelName = 'email' | 'telegram';

/** One attempt to report an incident, as whoever made it saw it. Times are milliseconds of Unix time. */
export interface Attempt {
  /** No two attempts have the same. */
  text: string;
  sentAt: number;
  answeredAt: number;
  answer:
    | { kind: 'created'; id: number }
    | { kind: 'refused'; status: number; body: string }
    /** The connection broke, or nothing came. */
    | { kind: 'broken'; error: string };
}

/** An incident as it stands in the database. */
export interface Stored {
  id: number;
  text: string;
  /** Lines of its history that say that it was created. */
  events: number;
  deliveries: { channel: ChannelName; state: string }[];
}

/** A message that came to its recipient. */
export interface Arrival {
  channel: ChannelName;
  incident: number;
  at: number;
}

/** What became of everything that was attempted. */
export interface Judgement {
  /** Attempts that were answered with 201. */
  created: number;
  /** Attempts that were not, and of which nobody could know: how many were stored all the same. */
  unanswered: { attempts: number; stored: number };
  /** How often each other status was answered. */
  refused: Record<string, number>;
  /** What a 201 had promised and does not hold, in words. */
  lost: string[];
  /** Stored incidents without a 201 that have only some of what belongs to them, in words. */
  halves: string[];
  /** Arrivals beyond the first of each incident and channel. */
  duplicates: number;
  /** Messages about incidents that are not stored. */
  phantoms: number;
  /** From 201 to the arrival, in milliseconds, of the one that took longest; by channel. */
  worstDelay: Record<ChannelName, number>;
}

const CHANNELS: ChannelName[] = ['email', 'telegram'];

/** Holds what was attempted against what is stored and what has arrived. */
export function judge(attempts: Attempt[], stored: Stored[], arrivals: Arrival[]): Judgement {
  const rows = new Map(stored.map((row) => [row.id, row]));
  const firsts = firstArrivals(arrivals);
  const judgement: Judgement = {
    created: 0,
    unanswered: { attempts: 0, stored: 0 },
    refused: {},
    lost: [],
    halves: [],
    duplicates: arrivals.length - firsts.size,
    phantoms: arrivals.filter(({ incident }) => !rows.has(incident)).length,
    worstDelay: { email: 0, telegram: 0 },
  };
  const promised = new Set<number>();
  const tried = new Set(attempts.map(({ text }) => text));
  for (const { answer, text, answeredAt } of attempts) {
    if (answer.kind !== 'created') {
      judgement.unanswered.attempts += 1;
      if (answer.kind === 'refused')
        judgement.refused[answer.status] = (judgement.refused[answer.status] ?? 0) + 1;
      continue;
    }
    const { id } = answer;
    judgement.created += 1;
    if (promised.has(id)) judgement.lost.push(`№${id}: promised twice`);
    promised.add(id);
    const row = rows.get(id);
    const missing = row?.text === text ? missingOf(row, firsts) : ['row'];
    if (missing.length > 0) judgement.lost.push(`№${id}: no ${missing.join(', no ')}`);
    for (const channel of CHANNELS) {
      const at = firsts.get(keyOf({ channel, incident: id }));
      if (at === undefined) continue;
      judgement.worstDelay[channel] = Math.max(judgement.worstDelay[channel], at - answeredAt);
    }
  }
  for (const row of stored) {
    if (promised.has(row.id)) continue;
    judgement.unanswered.stored += 1;
    const missing = [...missingOf(row, firsts), ...(tried.has(row.text) ? [] : ['attempt'])];
    if (missing.length > 0) judgement.halves.push(`№${row.id}: no ${missing.join(', no ')}`);
  }
  return judgement;
}

/**
 * Milliseconds from `moment` until what was sent to the API from then on has arrived for the first time, over every
 * one of `channels`; undefined when nothing has.
 */
export function recoveryAfter(
  moment: number,
  attempts: Attempt[],
  arrivals: Arrival[],
  channels: ChannelName[] = CHANNELS,
): number | undefined {
  const later = new Set(
    attempts.flatMap(({ sentAt, answer }) =>
      sentAt >= moment && answer.kind === 'created' ? [answer.id] : [],
    ),
  );
  const waits = channels.map((channel) =>
    Math.min(
      ...arrivals.flatMap((arrival) =>
        arrival.channel === channel && later.has(arrival.incident) ? [arrival.at - moment] : [],
      ),
    ),
  );
  const longest = Math.max(...waits);
  return Number.isFinite(longest) ? longest : undefined;
}

function missingOf(row: Stored, firsts: Map<string, number>): string[] {
  const missing = row.events === 1 ? [] : [`single event (${row.events})`];
  for (const channel of CHANNELS) {
    const states = row.deliveries
      .filter((delivery) => delivery.channel === channel)
      .map(({ state }) => state);
    if (states.length !== 1) missing.push(`single ${channel} delivery (${states.length})`);
    else if (states[0] !== 'sent') missing.push(`sent ${channel} delivery (${states[0]})`);
    if (!firsts.has(keyOf({ channel, incident: row.id }))) missing.push(`${channel} arrival`);
  }
  return missing;
}

function firstArrivals(arrivals: Arrival[]): Map<string, number> {
  const firsts = new Map<string, number>();
  for (const arrival of arrivals) {
    const key = keyOf(arrival);
    firsts.set(key, Math.min(arrival.at, firsts.get(key) ?? Number.POSITIVE_INFINITY));
  }
  return firsts;
}

const keyOf = ({ channel, incident }: { channel: ChannelName; incident: number }) => `${channel} ${incident}`;
