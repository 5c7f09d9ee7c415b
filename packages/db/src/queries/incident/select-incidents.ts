import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Database } from '../../tables/database.ts';
import {
  type IncidentFilter,
  type IncidentJson,
  isFiltered,
  matchesFilter,
  newestFirst,
  whereAll,
} from './incident-list.ts';
import { incidentJsonText } from './incident-row.ts';

/** The place of an incident in the list, as PostgreSQL writes it. */
export interface ListPosition {
  created_at: string;
  id: number;
}

export interface IncidentPage {
  filter: IncidentFilter;
  /** The first row: rows to pass over, or the row that it follows. */
  from: { skip: number } | { after: ListPosition };
  limit: number;
  /** Maximum rows to read for one batch, estimated from the rows before. */
  maxBatchRows?: number;
}

/** Ids and versions, in the order of the rows: `3.1,2.7`. Equal when no row has changed. */
export type Versions = string;

export interface IncidentBatch {
  rows: IncidentJson[];
  versions: Versions;
  /** Where the page goes on; undefined when it ends here. */
  next: ListPosition | undefined;
}

/** A batch ends with the row that reaches this many bytes of texts and descriptions, or with this many rows. */
const MAX_BATCH = { bytes: 128 * 1_024, rows: 500 };

/** Reads one batch at most: 1.5 MB unless one description is larger; six times as much where JSON escapes all. */
export async function selectIncidents(db: Kysely<Database>, page: IncidentPage): Promise<IncidentBatch> {
  const limit = Math.min(page.limit, page.maxBatchRows ?? MAX_BATCH.rows, MAX_BATCH.rows);
  // The window function reads the rows in their order and adds no sort.
  const { rows } = await sql<{
    json: IncidentJson;
    id: number;
    version: number;
    position: string;
    bytes: number;
  }>`
    select ${incidentJsonText('incidents')} as json, id, version, created_at::text as position, bytes
    from (
      select *, octet_length(text) + octet_length(description) as size,
        sum(octet_length(text) + octet_length(description)) over (rows unbounded preceding) as bytes
      from (
        select * from incidents ${pageCondition(page)} ${newestFirst(isFiltered(page.filter))} limit ${limit}
      ) as page
    ) as incidents
    where bytes - size < ${sql.lit(MAX_BATCH.bytes)}`.execute(db);
  const last = rows.at(-1);
  const isCut =
    last !== undefined &&
    rows.length < page.limit &&
    (rows.length === limit || last.bytes >= MAX_BATCH.bytes);
  return {
    rows: rows.map(({ json }) => json),
    versions: rows.map(({ id, version }) => `${id}.${version}`).join(),
    next: isCut ? { created_at: last.position, id: last.id } : undefined,
  };
}

/** Passes over rows in the index alone: only the first one of the page is looked up there. */
function pageCondition({ filter, from }: Pick<IncidentPage, 'filter' | 'from'>): RawBuilder<unknown> {
  const matches = matchesFilter(filter);
  if ('after' in from) {
    const { created_at, id } = from.after;
    return whereAll([...matches, sql`(created_at, id) < (${created_at}::timestamptz, ${id}::bigint)`]);
  }
  if (from.skip === 0) return whereAll(matches);
  return whereAll([
    ...matches,
    sql`(created_at, id) <= (
      select created_at, id from incidents ${whereAll(matches)} ${newestFirst(isFiltered(filter))}
      limit 1 offset ${from.skip}
    )`,
  ]);
}
