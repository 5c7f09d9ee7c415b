import { type Kysely, type RawBuilder, sql } from 'kysely';
import { compileOnce } from '../compile-once.ts';
import type { Database } from '../tables/database.ts';
import { isoTime } from './iso-time.ts';

/** The place of an incident in the list, as PostgreSQL writes it. */
export interface ListPosition {
  created_at: string;
  id: number;
}

export interface IncidentPage {
  /** Exactly this status; undefined for any. */
  status: string | undefined;
  /** The first row: rows to pass over, or the row that it follows. */
  from: { skip: number } | { after: ListPosition };
  /** Most rows to return. */
  limit: number;
  /** Most rows to look at for one batch, where the rows before have told how many fit. */
  maxBatchRows?: number;
}

/** An incident as a JSON text, made by PostgreSQL. The API reads no field of a listed incident. */
export type IncidentJson = string;

/** The first rows of a page. */
export interface IncidentBatch {
  rows: IncidentJson[];
  /** Where the page goes on; undefined when it ends here. */
  next: ListPosition | undefined;
}

/** A page of at most this many rows with descriptions of at most this many bytes is read in one cheap statement. */
const SMALL_PAGE = { rows: 128, descriptionBytes: 8 * 1_024 };

/** A batch ends with the row that reaches this many bytes of texts and descriptions, or with this many rows. */
const MAX_BATCH = { bytes: 128 * 1_024, rows: 500 };

/**
 * Reads a page of incidents from the newest on (`created_at`, then `id`, descending), or as much of it as one batch
 * holds. No statement returns more than 1.5 MB, unless a single description is larger; of control characters, which JSON
 * escapes, it is six times as much.
 */
export async function listIncidents(db: Kysely<Database>, page: IncidentPage): Promise<IncidentBatch> {
  if ('skip' in page.from && page.limit <= SMALL_PAGE.rows) {
    const rows = await selectSmallPage(db, page.status, page.from.skip, page.limit);
    if (rows.every((row) => row !== null)) return { rows, next: undefined };
  }
  return selectBatch(db, page);
}

/** Whether the list has more than `skip` incidents: reads the index alone. */
export async function hasMoreIncidents(
  db: Kysely<Database>,
  { status, skip }: { status: string | undefined; skip: number },
): Promise<boolean> {
  const { rows } = await sql`
    select from incidents ${matching(status)} ${ordered(status)} limit 1 offset ${skip}`.execute(db);
  return rows.length > 0;
}

/** How many incidents there are, of one status or of any. */
export async function countIncidents(db: Kysely<Database>, status: string | undefined): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from incidents ${matching(status)}`.execute(db);
  return rows[0]?.count ?? 0;
}

/** The fields of an incident, in the order of the contract. */
const fields = sql`id, text, description, status, source, ${isoTime('created_at')} as created_at`;

/** An incident with a description that is too large for a small page is null; `octet_length` does not read it. */
const smallPage = ({ status, from }: Pick<IncidentPage, 'status' | 'from'>, limit: number) =>
  sql<{ json: IncidentJson | null }>`
    select case when octet_length(description) <= ${sql.lit(SMALL_PAGE.descriptionBytes)} then (
      select row_to_json(incident)::text from (select ${fields}) as incident
    ) end as json
    from incidents ${pageCondition({ status, from })} ${ordered(status)} limit ${limit}`;

const smallPages = {
  first: compileOnce((limit: number) => smallPage({ status: undefined, from: { skip: 0 } }, limit)),
  later: compileOnce((limit: number, skip: number) =>
    smallPage({ status: undefined, from: { skip } }, limit),
  ),
  firstOfStatus: compileOnce((limit: number, status: string) =>
    smallPage({ status, from: { skip: 0 } }, limit),
  ),
  laterOfStatus: compileOnce((limit: number, skip: number, status: string) =>
    smallPage({ status, from: { skip } }, limit),
  ),
};

async function selectSmallPage(
  db: Kysely<Database>,
  status: string | undefined,
  skip: number,
  limit: number,
): Promise<(IncidentJson | null)[]> {
  const { first, later, firstOfStatus, laterOfStatus } = smallPages;
  const reading =
    status === undefined
      ? skip === 0
        ? first(db, limit)
        : later(db, limit, skip)
      : skip === 0
        ? firstOfStatus(db, limit, status)
        : laterOfStatus(db, limit, skip, status);
  return (await reading).rows.map(({ json }) => json);
}

async function selectBatch(db: Kysely<Database>, page: IncidentPage): Promise<IncidentBatch> {
  const limit = Math.min(page.limit, page.maxBatchRows ?? MAX_BATCH.rows, MAX_BATCH.rows);
  // The window function reads the rows in their order and adds no sort.
  const { rows } = await sql<{ json: IncidentJson; id: number; position: string; bytes: number }>`
    select (select row_to_json(incident)::text from (select ${fields}) as incident) as json,
      id, created_at::text as position, bytes
    from (
      select id, text, description, status, source, created_at, octet_length(text) + octet_length(description) as size,
        sum(octet_length(text) + octet_length(description)) over (rows unbounded preceding) as bytes
      from (
        select id, text, description, status, source, created_at
        from incidents ${pageCondition(page)} ${ordered(page.status)} limit ${limit}
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

/**
 * The rows from the beginning of the page on. Rows are passed over in the index alone: only the first one of the page
 * is looked up there, and the page read from it on.
 */
function pageCondition({ status, from }: Pick<IncidentPage, 'status' | 'from'>): RawBuilder<unknown> {
  if ('after' in from) {
    const { created_at, id } = from.after;
    return matching(status, sql`(created_at, id) < (${created_at}::timestamptz, ${id}::bigint)`);
  }
  if (from.skip === 0) return matching(status);
  return matching(
    status,
    sql`(created_at, id) <= (
      select created_at, id from incidents ${matching(status)} ${ordered(status)} limit 1 offset ${from.skip}
    )`,
  );
}

function matching(status: string | undefined, condition?: RawBuilder<unknown>): RawBuilder<unknown> {
  const conditions = [
    ...(status === undefined ? [] : [sql`status = ${status}`]),
    ...(condition ? [condition] : []),
  ];
  return conditions.length === 0 ? sql`` : sql`where ${sql.join(conditions, sql` and `)}`;
}

/**
 * With a status the order is the one of `incidents_status_newest` alone. Were it that of `incidents_newest`
 * too, PostgreSQL would often read all incidents from the newest on and pass over those of another status:
 * the closed ones are the old ones, so it would pass over every open one (measured: 120,000 rows for 100).
 */
const ordered = (status: string | undefined): RawBuilder<unknown> =>
  status === undefined
    ? sql`order by incidents.created_at desc, incidents.id desc`
    : sql`order by incidents.created_at desc nulls last, incidents.id desc nulls last`;
