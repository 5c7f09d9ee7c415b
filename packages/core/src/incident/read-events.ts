import { readSnapshot, type Snapshot } from '@incidents/db/queries/incident-event/read-snapshot';
import {
  countUnseenEvents,
  MAX_UNSEEN_EVENTS,
  selectUnseenEvents,
  type UnseenEventRow,
} from '@incidents/db/queries/incident-event/select-unseen-events';
import { isRefusedValue } from '@incidents/db/unavailable';
import type { Context } from '../context.ts';
import { type EventPosition, isLaterThan } from './event-position.ts';

/** A reader that is further behind starts with a reset. */
const MAX_MISSED_EVENTS = 10_000;

export interface ReadEvent {
  row: UnseenEventRow;
  /** Of a reader that has this event. */
  position: EventPosition;
}

export interface EventBatch {
  events: ReadEvent[];
  /** Of a reader that has the batch. */
  position: EventPosition;
}

type DbContext = Pick<Context, 'db'>;

/** Of a reader that has every event committed until now. */
export const readLatestPosition = async ({ db }: DbContext): Promise<EventPosition> => ({
  seen: await readSnapshot(db),
});

/** The next events up to `until`, in the order of their transactions; without a gap, none twice. */
export async function readEvents(
  { db }: DbContext,
  { seen, reading }: EventPosition,
  until: Snapshot,
): Promise<EventBatch> {
  const to = reading?.to ?? until;
  const rows = seen === to ? [] : await selectUnseenEvents(db, { from: seen, to }, reading?.after);
  const isWhole = rows.length < MAX_UNSEEN_EVENTS;
  const events = rows.map((row, index) => {
    const isLast = isWhole && index === rows.length - 1;
    const after = { transaction: row.transaction, id: row.id };
    return { row, position: isLast ? { seen: to } : { seen, reading: { to, after } } };
  });
  return { events, position: (isWhole ? undefined : events.at(-1)?.position) ?? { seen: to } };
}

/** Whether a reader can go on from `position`: at most `MAX_MISSED_EVENTS` behind, on the same server. */
export async function canContinue(
  { db }: DbContext,
  { seen, reading }: EventPosition,
  until: Snapshot,
): Promise<boolean> {
  const to = reading?.to ?? seen;
  if (isLaterThan(seen, to) || isLaterThan(to, until)) return false;
  try {
    const missed = await countUnseenEvents(db, { from: seen, to: until }, MAX_MISSED_EVENTS + 1);
    return missed <= MAX_MISSED_EVENTS;
  } catch (error) {
    // The client made the position up.
    if (isRefusedValue(error)) return false;
    throw error;
  }
}
