import { CHANNEL_NAMES, type ChannelName } from '@incidents/db/tables/channel';

/** One attempt to create an incident, as its client saw it. Times are milliseconds of Unix time. */
export interface CreateAttempt {
  text: string;
  sentAt: number;
  answeredAt: number;
  answer:
    | { kind: 'created'; id: number }
    | { kind: 'refused'; status: number; body: string }
    | { kind: 'broken'; error: string };
}

export interface StoredIncident {
  id: number;
  text: string;
  /** The events that notify, in order. */
  events: StoredEvent[];
}

export interface StoredEvent {
  kind: 'created' | 'updated' | 'escalated';
  deliveries: { channel: ChannelName; state: string }[];
}

export interface Arrival {
  channel: ChannelName;
  incident: number;
  at: number;
  /** Whether the message is about an escalation. */
  isEscalation: boolean;
}

export interface Audit {
  /** Attempts answered with 201: the accepted incidents. */
  created: number;
  /** Attempts without a 201, and incidents that were stored all the same. */
  unanswered: { attempts: number; stored: number };
  /** Replies by each other status. */
  refused: Record<string, number>;
  /** Accepted incidents with a missing row, event, delivery or message. */
  lost: string[];
  /** Stored incidents without a 201 that lack an event, delivery or message. */
  partial: string[];
  /** Arrivals beyond one for each delivery. */
  duplicates: number;
  /** Messages about incidents that are not stored. */
  phantoms: number;
  /** Longest time from the 201 to the arrival, in milliseconds. */
  worstDelay: Record<ChannelName, number>;
}

export function auditIncidents(
  attempts: CreateAttempt[],
  stored: StoredIncident[],
  arrivals: Arrival[],
): Audit {
  const rows = new Map(stored.map((row) => [row.id, row]));
  const firstArrivals = findFirstArrivals(arrivals);
  const audit: Audit = {
    created: 0,
    unanswered: { attempts: 0, stored: 0 },
    refused: {},
    lost: [],
    partial: [],
    duplicates: countDuplicates(stored, arrivals),
    phantoms: arrivals.filter(({ incident }) => !rows.has(incident)).length,
    worstDelay: { email: 0, telegram: 0 },
  };
  const accepted = new Set<number>();
  const tried = new Set(attempts.map(({ text }) => text));
  for (const { answer, text, answeredAt } of attempts) {
    if (answer.kind !== 'created') {
      audit.unanswered.attempts += 1;
      if (answer.kind === 'refused') audit.refused[answer.status] = (audit.refused[answer.status] ?? 0) + 1;
      continue;
    }
    const { id } = answer;
    audit.created += 1;
    if (accepted.has(id)) audit.lost.push(`№${id}: accepted twice`);
    accepted.add(id);
    const row = rows.get(id);
    const missing = row?.text === text ? findMissing(row, firstArrivals) : ['row'];
    if (missing.length > 0) audit.lost.push(`№${id}: no ${missing.join(', no ')}`);
    for (const channel of CHANNEL_NAMES) {
      const at = firstArrivals.get(toKey({ channel, incident: id }));
      if (at === undefined) continue;
      audit.worstDelay[channel] = Math.max(audit.worstDelay[channel], at - answeredAt);
    }
  }
  for (const row of stored) {
    if (accepted.has(row.id)) continue;
    audit.unanswered.stored += 1;
    const missing = [...findMissing(row, firstArrivals), ...(tried.has(row.text) ? [] : ['attempt'])];
    if (missing.length > 0) audit.partial.push(`№${row.id}: no ${missing.join(', no ')}`);
  }
  return audit;
}

/** Milliseconds until a later incident has arrived over each channel; undefined before. */
export function measureRecovery(
  moment: number,
  attempts: CreateAttempt[],
  arrivals: Arrival[],
  channels: readonly ChannelName[] = CHANNEL_NAMES,
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

function findMissing(row: StoredIncident, firstArrivals: Map<string, number>): string[] {
  const created = row.events.filter(({ kind }) => kind === 'created').length;
  const missing = created === 1 ? [] : [`single event (${created})`];
  for (const channel of CHANNEL_NAMES) {
    for (const { kind, deliveries } of row.events) {
      const states = deliveries.filter((delivery) => delivery.channel === channel).map(({ state }) => state);
      const what = `${channel} delivery${kind === 'created' ? '' : ` about ${kind}`}`;
      if (states.length !== 1) missing.push(`single ${what} (${states.length})`);
      else if (states[0] !== 'sent') missing.push(`sent ${what} (${states[0]})`);
    }
    if (!firstArrivals.has(toKey({ channel, incident: row.id }))) missing.push(`${channel} arrival`);
  }
  return missing;
}

function countDuplicates(stored: StoredIncident[], arrivals: Arrival[]): number {
  const counts = new Map<string, number>();
  for (const arrival of arrivals) counts.set(toKey(arrival), (counts.get(toKey(arrival)) ?? 0) + 1);
  const excesses = stored.flatMap(({ id, events }) =>
    CHANNEL_NAMES.map((channel) => {
      const deliveries = events.flatMap((event) => event.deliveries).filter((one) => one.channel === channel);
      return (counts.get(toKey({ channel, incident: id })) ?? 0) - deliveries.length;
    }),
  );
  return excesses.reduce((sum, excess) => sum + Math.max(0, excess), 0);
}

function findFirstArrivals(arrivals: Arrival[]): Map<string, number> {
  const firstArrivals = new Map<string, number>();
  for (const arrival of arrivals) {
    const key = toKey(arrival);
    firstArrivals.set(key, Math.min(arrival.at, firstArrivals.get(key) ?? Number.POSITIVE_INFINITY));
  }
  return firstArrivals;
}

const toKey = ({ channel, incident }: { channel: ChannelName; incident: number }) => `${channel} ${incident}`;
