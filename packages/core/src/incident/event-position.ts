import type { Snapshot } from '@incidents/db/queries/incident-event/read-snapshot';
import type { EventPlace } from '@incidents/db/queries/incident-event/select-unseen-events';

/** The events that a reader has: all of a snapshot, and perhaps some of those that a later snapshot adds. */
export interface EventPosition {
  seen: Snapshot;
  reading?: { to: Snapshot; after: EventPlace } | undefined;
}

const SNAPSHOT = String.raw`\d{1,19}:\d{1,19}:(?:\d{1,19}(?:,\d{1,19})*)?`;
const POSITION = new RegExp(`^(${SNAPSHOT})(?:/(${SNAPSHOT})/(\\d{1,19})/(\\d{1,15}))?$`);

/** `742:745:742`, or `742:745:742/745:750:/748/31` within a range of events. */
export const formatPosition = ({ seen, reading }: EventPosition): string =>
  reading === undefined ? seen : [seen, reading.to, reading.after.transaction, reading.after.id].join('/');

export function parsePosition(text: string): EventPosition | undefined {
  const [, seen, to, transaction, id] = POSITION.exec(text) ?? [];
  if (seen === undefined) return undefined;
  if (to === undefined || transaction === undefined) return { seen };
  return { seen, reading: { to, after: { transaction, id: Number(id) } } };
}

/** Snapshots of one server grow; an earlier one with a higher end is from another server, or from before a restore. */
export const isLaterThan = (snapshot: Snapshot, other: Snapshot): boolean => endOf(snapshot) > endOf(other);

const endOf = (snapshot: Snapshot) => BigInt(snapshot.split(':')[1] ?? '');
