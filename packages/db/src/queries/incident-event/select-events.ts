import { type Kysely, sql } from 'kysely';
import type { Database } from '../../tables/database.ts';
import { isoTime } from '../iso-time.ts';
import type { EventRow } from './event-row.ts';

/** An event whose changes are null where they are too large for a page: see `findEventChanges`. */
export type ListedEventRow = Omit<EventRow, 'changes'> & { changes: EventRow['changes'] | null };

/** Changes above this size, and all that PostgreSQL has compressed, are left out of a page. */
const MAX_LISTED_CHANGES_BYTES = 4 * 1_024;

export interface EventPage {
  /** Which events come first; undefined: the oldest. */
  order?: 'oldest' | 'newest' | undefined;
  /** The id of the event before the page; 0 or undefined: none. */
  after?: number;
  skip: number;
  limit: number;
}

export const selectEvents = (
  db: Kysely<Database>,
  incidentId: number,
  { order = 'oldest', after = 0, skip, limit }: EventPage,
): Promise<ListedEventRow[]> =>
  db
    .selectFrom('incident_events')
    .select([
      'id',
      'incident_id',
      'kind',
      'comment',
      'actor',
      'request_id',
      // The size of an uncompressed value is known without reading it.
      sql<EventRow['changes'] | null>`case when pg_column_compression(changes) is null
        and pg_column_size(changes) <= ${sql.lit(MAX_LISTED_CHANGES_BYTES)} then changes end`.as('changes'),
      isoTime('at').as('at'),
    ])
    .where('incident_id', '=', incidentId)
    .$if(after > 0, (query) => query.where('id', order === 'oldest' ? '>' : '<', after))
    .orderBy('id', order === 'oldest' ? 'asc' : 'desc')
    .limit(limit)
    .offset(skip)
    .execute();
