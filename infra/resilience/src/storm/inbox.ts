import { quantile } from '@incidents/testing/quantile';
import { FINAL_STATUS, type Reported, type Reports } from './reports.ts';

export interface Arrival {
  /** Milliseconds of Unix time. */
  at: number;
  kind: 'single' | 'digest' | 'edit' | 'reply';
  names: number[];
  text: string;
}

export interface Notified {
  recipient: string;
  singles: number;
  digests: number;
  /** Edits in a chat, replies in a mailbox. */
  changes: number;
  /** Incidents without a message. */
  lost: number[];
  twice: number[];
  /** Changed incidents whose last message shows an old status. */
  stale: number[];
  /** Seconds from the 201 to the first message. */
  delay: { median: number; worst: number };
}

const DIGEST = /Новые инциденты: \d+/;

export const detectKind = (text: string): 'single' | 'digest' => (DIGEST.test(text) ? 'digest' : 'single');

/** Ids of the incidents in a text; a single message names its own incident first. */
export const findIncidentIds = (text: string, kind: Arrival['kind']): number[] => {
  const names = [...text.matchAll(/№(\d+)/g)].map((match) => Number(match[1]));
  return kind === 'digest' ? names : names.slice(0, 1);
};

/** Compares the messages to a recipient with the reports. */
export function summarizeNotifications(recipient: string, arrivals: Arrival[], reports: Reports): Notified {
  const sorted = arrivals.toSorted((a, b) => a.at - b.at);
  const about = new Map<number, Arrival[]>();
  for (const arrival of sorted) {
    for (const id of arrival.names) about.set(id, [...(about.get(id) ?? []), arrival]);
  }
  const changed = new Set(reports.changed);
  const count = (id: number, kind: Arrival['kind']) =>
    (about.get(id) ?? []).filter((arrival) => arrival.kind === kind).length;
  const ids = reports.incidents.map(({ id }) => id);
  const delays = reports.incidents.flatMap((incident) => measureDelay(incident, about));
  const kind = (wanted: Arrival['kind']) => arrivals.filter((arrival) => arrival.kind === wanted).length;
  return {
    recipient,
    singles: kind('single'),
    digests: kind('digest'),
    changes: kind('edit') + kind('reply'),
    lost: ids.filter((id) => count(id, 'single') + count(id, 'digest') === 0),
    // In a chat the change of an incident from a digest is a new message.
    twice: ids.filter(
      (id) =>
        count(id, 'single') > 1 ||
        count(id, 'digest') > 1 ||
        (count(id, 'single') + count(id, 'digest') > 1 && !changed.has(id)),
    ),
    stale: reports.changed.filter((id) => {
      const last = about.get(id)?.at(-1);
      return last === undefined || !selectText(id, last).includes(FINAL_STATUS);
    }),
    delay: { median: quantile(delays, 0.5) || 0, worst: Math.max(0, ...delays) },
  };
}

function selectText(id: number, { kind, text }: Arrival): string {
  if (kind !== 'digest') return text;
  const part = text.split('№').find((candidate) => Number.parseInt(candidate, 10) === id);
  return part ?? '';
}

function measureDelay({ id, at }: Reported, about: Map<number, Arrival[]>): number[] {
  const first = about.get(id)?.[0];
  return first === undefined ? [] : [Math.max(0, first.at - at) / 1_000];
}

export function countMaxWithin(times: number[], span: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  let from = 0;
  let most = 0;
  for (const [index, time] of sorted.entries()) {
    while ((sorted[from] ?? time) <= time - span) from += 1;
    most = Math.max(most, index - from + 1);
  }
  return most;
}
