import { FINAL_STATUS, type Reported, type Reports } from './reports.ts';

/** One message as it came to somebody. */
export interface Arrival {
  /** Milliseconds of Unix time. */
  at: number;
  kind: 'single' | 'digest' | 'edit' | 'reply';
  /** The incidents that it names. */
  names: number[];
  text: string;
}

/** What one recipient was told. */
export interface Told {
  recipient: string;
  singles: number;
  digests: number;
  /** Edits in a chat, replies in a mailbox. */
  changes: number;
  /** Incidents that were not told. */
  lost: number[];
  /** Incidents that were told as new more than once. */
  twice: number[];
  /** Changed incidents of which the recipient does not know their status. */
  stale: number[];
  /** From the answer to who reported an incident until it was told, in seconds: the middle and the worst. */
  delay: { middle: number; worst: number };
}

const DIGEST = /Новые инциденты: \d+/;

/** What a text is, for an arrival that changed or answered nothing. */
export const kindOf = (text: string): 'single' | 'digest' => (DIGEST.test(text) ? 'digest' : 'single');

/** The incidents that a text names; one about a single incident names it first. */
export const namesIn = (text: string, kind: Arrival['kind']): number[] => {
  const names = [...text.matchAll(/№(\d+)/g)].map((match) => Number(match[1]));
  return kind === 'digest' ? names : names.slice(0, 1);
};

/** Holds what came to a recipient against what was reported. */
export function whatWasTold(recipient: string, arrivals: Arrival[], reports: Reports): Told {
  const sorted = arrivals.toSorted((a, b) => a.at - b.at);
  const about = new Map<number, Arrival[]>();
  for (const arrival of sorted) {
    for (const id of arrival.names) about.set(id, [...(about.get(id) ?? []), arrival]);
  }
  const changed = new Set(reports.changed);
  const count = (id: number, kind: Arrival['kind']) =>
    (about.get(id) ?? []).filter((arrival) => arrival.kind === kind).length;
  const ids = reports.incidents.map(({ id }) => id);
  const delays = reports.incidents.flatMap((incident) => delayOf(incident, about)).sort((a, b) => a - b);
  const kind = (wanted: Arrival['kind']) => arrivals.filter((arrival) => arrival.kind === wanted).length;
  return {
    recipient,
    singles: kind('single'),
    digests: kind('digest'),
    changes: kind('edit') + kind('reply'),
    lost: ids.filter((id) => count(id, 'single') + count(id, 'digest') === 0),
    // A change of an incident that only a digest has named is a new message in a chat.
    twice: ids.filter(
      (id) =>
        count(id, 'single') > 1 ||
        count(id, 'digest') > 1 ||
        (count(id, 'single') + count(id, 'digest') > 1 && !changed.has(id)),
    ),
    stale: reports.changed.filter((id) => {
      const last = about.get(id)?.at(-1);
      return last === undefined || !textAbout(id, last).includes(FINAL_STATUS);
    }),
    delay: { middle: delays[Math.floor(delays.length / 2)] ?? 0, worst: delays.at(-1) ?? 0 },
  };
}

/** The part of a message that is about an incident: a digest says something of each. */
function textAbout(id: number, { kind, text }: Arrival): string {
  if (kind !== 'digest') return text;
  const part = text.split('№').find((candidate) => Number.parseInt(candidate, 10) === id);
  return part ?? '';
}

function delayOf({ id, at }: Reported, about: Map<number, Arrival[]>): number[] {
  const first = about.get(id)?.[0];
  return first === undefined ? [] : [Math.max(0, first.at - at) / 1_000];
}

/** Most of `times`, in milliseconds, that fall into a span of this many milliseconds, wherever it begins. */
export function mostWithin(times: number[], span: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  let from = 0;
  let most = 0;
  for (const [index, time] of sorted.entries()) {
    while ((sorted[from] ?? time) <= time - span) from += 1;
    most = Math.max(most, index - from + 1);
  }
  return most;
}
