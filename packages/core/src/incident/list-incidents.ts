import type { Db } from '@incidents/db/client';
import { countIncidents } from '@incidents/db/queries/incident/count-incidents';
import { hasMoreIncidents } from '@incidents/db/queries/incident/has-more-incidents';
import type { IncidentFilter, IncidentJson } from '@incidents/db/queries/incident/incident-list';
import { type IncidentBatch, selectIncidents } from '@incidents/db/queries/incident/select-incidents';
import { MAX_SMALL_PAGE_ROWS } from '@incidents/db/queries/incident/select-small-pages';
import type { IncidentReader } from './incident-reader.ts';

interface WholePage {
  /** The incidents as a JSON array, in UTF-8. */
  json: Buffer<ArrayBuffer>;
}

interface BatchedPage {
  first: IncidentJson[];
  /** The other incidents of the page, in batches that are read one by one. */
  rest: AsyncIterable<IncidentJson[]>;
}

export interface IncidentListing {
  /** Newest first. */
  page: WholePage | BatchedPage;
  /** Ids and versions of the incidents and of the next one, as text. Equal for an unchanged page. */
  versions: string;
  hasMore: boolean;
  /** The number of all matching incidents; undefined unless requested, because it reads them all. */
  total: number | undefined;
}

interface ListContext {
  db: Db['kysely'];
  incidentReader: IncidentReader;
}

interface ListQuery {
  filter: IncidentFilter;
  skip: number;
  limit: number;
}

/** Each batch of a large page is read later: incidents of another status by then are left out, none repeats. */
export async function listIncidents(
  context: ListContext,
  query: ListQuery,
  options: { countTotal: boolean },
): Promise<IncidentListing> {
  const [listing, total] = await Promise.all([
    readPage(context, query),
    options.countTotal ? countIncidents(context.db, query.filter) : undefined,
  ]);
  return { ...listing, total };
}

async function readPage(
  { db, incidentReader }: ListContext,
  { filter, skip, limit }: ListQuery,
): Promise<Omit<IncidentListing, 'total'>> {
  if (limit <= MAX_SMALL_PAGE_ROWS) {
    const small = await incidentReader.readSmallPage({ filter, skip, limit });
    if (small !== undefined) {
      const { json, versions, hasMore } = small;
      return { page: { json }, versions, hasMore: limit > 0 && hasMore };
    }
  }
  const first = await selectIncidents(db, { filter, from: { skip }, limit: limit + 1 });
  const isWhole = first.next === undefined || first.rows.length >= limit;
  return {
    page: isWhole
      ? { json: Buffer.from(`[${first.rows.slice(0, limit).join()}]`) }
      : { first: first.rows, rest: readRest(db, { filter, limit }, first) },
    versions: first.versions,
    hasMore:
      first.next === undefined
        ? first.rows.length > limit
        : await hasMoreIncidents(db, { filter, skip: skip + limit }),
  };
}

/** Limits the rows of a batch, as a multiple of the last one. Rows that do not fit are read without use. */
const BATCH_GROWTH = 4;

async function* readRest(
  db: Db['kysely'],
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
