import { countIncidents } from '@incidents/db/queries/incident/count-incidents';
import { hasMoreIncidents } from '@incidents/db/queries/incident/has-more-incidents';
import type { IncidentFilter, IncidentJson } from '@incidents/db/queries/incident/incident-list';
import { type IncidentBatch, selectIncidents } from '@incidents/db/queries/incident/select-incidents';
import type { Context } from '../context.ts';
import type { IncidentReader } from './incident-reader.ts';

export interface IncidentListing {
  /** Newest first, each as a JSON text. */
  incidents: IncidentJson[];
  /** Ids and versions of the incidents and of the next one, as text. Equal for an unchanged page. */
  versions: string;
  /** The other incidents of the page, in batches that are read one by one; undefined when there are none. */
  rest: AsyncIterable<IncidentJson[]> | undefined;
  hasMore: boolean;
  /** The number of all matching incidents; undefined unless requested, because it reads them all. */
  total: number | undefined;
}

/** Each batch of a large page is read later: incidents of another status by then are left out, none repeats. */
export async function listIncidents(
  { db, incidentReader }: { db: Context['db']; incidentReader: IncidentReader },
  { filter, skip, limit }: { filter: IncidentFilter; skip: number; limit: number },
  options: { countTotal: boolean },
): Promise<IncidentListing> {
  const [first, total] = await Promise.all([
    selectIncidents(db, { filter, from: { skip }, limit: limit + 1 }, incidentReader.readSmallPage),
    options.countTotal ? countIncidents(db, filter) : undefined,
  ]);
  const isWhole = first.next === undefined || first.rows.length >= limit;
  return {
    incidents: first.rows.slice(0, limit),
    versions: first.versions,
    rest: isWhole ? undefined : readRest(db, { filter, limit }, first),
    hasMore:
      first.next === undefined
        ? limit > 0 && first.rows.length > limit
        : await hasMoreIncidents(db, { filter, skip: skip + limit }),
    total,
  };
}

/** Limits the rows of a batch, as a multiple of the last one. Rows that do not fit are read without use. */
const BATCH_GROWTH = 4;

async function* readRest(
  db: Context['db'],
  { filter, limit }: { filter: IncidentFilter; limit: number },
  { rows, next }: IncidentBatch,
): AsyncGenerator<IncidentJson[]> {
  let left = limit - rows.length;
  let fitted = rows.length;
  while (next !== undefined && left > 0) {
    const maxBatchRows = fitted * BATCH_GROWTH;
    const batch = await selectIncidents(db, { filter, from: { after: next }, limit: left, maxBatchRows });
    fitted = batch.rows.length;
    left -= fitted;
    next = batch.next;
    yield batch.rows;
  }
}
