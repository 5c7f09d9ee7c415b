import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Database } from '../../tables/database.ts';
import { type IncidentJson, incidentFields, newestFirst, whereStatus } from './incident-list.ts';
import { MAX_SMALL_PAGE_ROWS, type SmallPage, selectSmallPages } from './select-small-pages.ts';

/** The place of an incident in the list, as PostgreSQL writes it. */
export interface ListPosition {
  created_at: string;
  id: number;
}

export interface IncidentPage {
  status: string | undefined;
  /** The first row: rows to pass over, or the row that it follows. */
  from: { skip: number } | { after: ListPosition };
  limit: number;
  /** Most rows to look at for one batch, where the rows before have told how many fit. */
  maxBatchRows?: number;
}

export interface IncidentBatch {
  rows: IncidentJson[];
  /** Where the page goes on; undefined when it ends here. */
  next: ListPosition | undefined;
}

/** A batch ends with the row that reaches this many bytes of texts and descriptions, or with this many rows. */
const MAX_BATCH = { bytes: 128 * 1_024, rows: 500 };

/**
 * Reads one batch at most: 1.5 MB unless one description is larger; six times as much where JSON escapes all.
 * @param readSmallPage returns undefined for a page that is too large for it; shares statements in the API
 */
export async function selectIncidents(
  db: Kysely<Database>,
  page: IncidentPage,
  readSmallPage: (page: SmallPage) => Promise<IncidentJson[] | undefined> = async (page) =>
    (await selectSmallPages(db, [page]))[0],
): Promise<IncidentBatch> {
  const { status, from, limit } = page;
  if ('skip' in from && limit <= MAX_SMALL_PAGE_ROWS) {
    const rows = await readSmallPage({ status, skip: from.skip, limit });
    if (rows !== undefined) return { rows, next: undefined };
  }
  return selectBatch(db, page);
}

async function selectBatch(db: Kysely<Database>, page: IncidentPage): Promise<IncidentBatch> {
  const limit = Math.min(page.limit, page.maxBatchRows ?? MAX_BATCH.rows, MAX_BATCH.rows);
  // The window function reads the rows in their order and adds no sort.
  const { rows } = await sql<{ json: IncidentJson; id: number; position: string; bytes: number }>`
    select (select row_to_json(incident)::text from (select ${incidentFields}) as incident) as json,
      id, created_at::text as position, bytes
    from (
      select id, text, description, status, source, created_at, octet_length(text) + octet_length(description) as size,
        sum(octet_length(text) + octet_length(description)) over (rows unbounded preceding) as bytes
      from (
        select id, text, description, status, source, created_at
        from incidents ${pageCondition(page)} ${newestFirst(page.status)} limit ${limit}
      ) as page
    ) as measured
    where bytes - size < ${sql.lit(MAX_BATCH.bytes)}`.execute(db);
  const last = rows.at(-1);
  const isCut =
    last !== undefined &&
    rows.length < page.limit &&
    (rows.length === limit || last.bytes >= MAX_BATCH.bytes);
  return {
    rows: rows.map(({ json }) => json),
    next: isCut ? { created_at: last.position, id: last.id } : undefined,
  };
}

/** Passes over rows in the index alone: only the first one of the page is looked up there. */
function pageCondition({ status, from }: Pick<IncidentPage, 'status' | 'from'>): RawBuilder<unknown> {
  if ('after' in from) {
    const { created_at, id } = from.after;
    return whereStatus(status, sql`(created_at, id) < (${created_at}::timestamptz, ${id}::bigint)`);
  }
  if (from.skip === 0) return whereStatus(status);
  return whereStatus(
    status,
    sql`(created_at, id) <= (
      select created_at, id from incidents ${whereStatus(status)} ${newestFirst(status)} limit 1 offset ${from.skip}
    )`,
  );
}
