import { type RawBuilder, sql } from 'kysely';
import { type CompiledStatement, compileOnce } from '../../compile-once.ts';
import type { Connection } from '../../connection.ts';
import { filteredColumns, type IncidentFilter, newestFirst, whereAll } from './incident-list.ts';
import { incidentJsonText } from './incident-row.ts';

export interface SmallPage {
  filter: IncidentFilter;
  skip: number;
  /** At most `MAX_SMALL_PAGE_ROWS`. */
  limit: number;
}

export interface SmallPageResult {
  /** The incidents as a JSON array, in UTF-8. */
  json: Buffer<ArrayBuffer>;
  /** Ids and versions of the incidents and of the next one: `3.1,2.7`. */
  versions: string;
  hasMore: boolean;
}

export const MAX_SMALL_PAGE_ROWS = 128;

/** Of one description. `octet_length` does not read it. */
const MAX_DESCRIPTION_BYTES = 8 * 1_024;

/**
 * All pages filter by the same columns. They share one statement because a statement each costs more.
 * @returns the pages, in the order of `pages`; undefined for one that has a large description
 */
export async function selectSmallPages(
  connection: Connection,
  pages: SmallPage[],
): Promise<(SmallPageResult | undefined)[]> {
  const columns = filteredColumns(pages[0]?.filter ?? {});
  const ordered = orderPages(pages, columns);
  const hasPrevious = ordered.map((entry) => entry.hasPrevious);
  const { rows } = await statementFor(columns, { needsRecursion: hasPrevious.includes(true) })(
    connection,
    ordered.map(({ relativeSkip }) => relativeSkip),
    ordered.map(({ page }) => page.limit),
    hasPrevious,
    columns.map((column) => ordered.map(({ page }) => page.filter[column])),
  );
  const results: (SmallPageResult | undefined)[] = pages.map(() => undefined);
  for (const { number, incidents, bytes, versions, has_more, has_large } of rows) {
    const entry = ordered[number - 1];
    if (entry === undefined || has_large) continue;
    results[entry.index] = {
      json: encodeArray(incidents ?? '', bytes ?? 0),
      versions: versions ?? '',
      hasMore: has_more,
    };
  }
  return results;
}

/** Writes the brackets into the buffer: to add them to the text, Node.js and PostgreSQL would copy that. */
function encodeArray(members: string, bytes: number): Buffer<ArrayBuffer> {
  const json = Buffer.allocUnsafe(bytes + 2);
  const written = json.write(members, 1);
  if (written !== bytes) throw new Error(`PostgreSQL counted ${bytes} bytes, Node.js encoded ${written}`);
  json.write('[', 0);
  json.write(']', bytes + 1);
  return json;
}

interface OrderedPage {
  page: SmallPage;
  /** Its place among the pages of the call. */
  index: number;
  /** Whether the page before it in this order has the same filter. */
  hasPrevious: boolean;
  /** Rows after the first row of the previous page; without one, the `skip` of the page. */
  relativeSkip: number;
}

/** Groups the pages by filter and sorts each group by `skip`. */
function orderPages(pages: SmallPage[], columns: (keyof IncidentFilter)[]): OrderedPage[] {
  const groups = Map.groupBy(
    pages.map((page, index) => ({ page, index })),
    ({ page }) => JSON.stringify(columns.map((column) => page.filter[column])),
  );
  return [...groups.values()].flatMap((group) =>
    group
      .toSorted((a, b) => a.page.skip - b.page.skip)
      .map(({ page, index }, position, sorted) => {
        const previous = sorted[position - 1]?.page;
        return {
          page,
          index,
          hasPrevious: previous !== undefined,
          relativeSkip: page.skip - (previous?.skip ?? 0),
        };
      }),
  );
}

interface PageRow {
  /** From 1 on. */
  number: number;
  /** Separated by commas; null for none. */
  incidents: string | null;
  /** In UTF-8: `verifyConnection` refuses databases with another encoding. */
  bytes: number | null;
  versions: string | null;
  has_more: boolean;
  has_large: boolean;
}

type FilterValues = (string | undefined)[];

type Statement = CompiledStatement<
  [relativeSkips: number[], limits: number[], hasPrevious: boolean[], filters: FilterValues[]],
  PageRow
>;

interface StatementOptions {
  /** Where a page has a previous one. Without recursion a page alone costs 10 of 180 µs less. */
  needsRecursion: boolean;
}

/** One per set of filtered columns, so that each has a plan of its own. */
const statements = new Map<string, Statement>();

function statementFor(columns: (keyof IncidentFilter)[], options: StatementOptions): Statement {
  const key = `${columns} ${options.needsRecursion}`;
  const statement = statements.get(key) ?? compileOnce(smallPages(columns, options));
  statements.set(key, statement);
  return statement;
}

/**
 * A page skips rows from the first row of the previous page on, so the rows of both are skipped once. The first row, and the
 * one after the page, are looked up in the index alone: `row_number()` would copy every row, 25 µs per page of 20.
 */
const smallPages =
  (columns: (keyof IncidentFilter)[], { needsRecursion }: StatementOptions) =>
  (
    relativeSkips: number[],
    limits: number[],
    hasPrevious: boolean[],
    filters: FilterValues[],
  ): RawBuilder<PageRow> => {
    const matches = columns.map((column) => sql`incidents.${sql.ref(column)} = page.${sql.ref(column)}`);
    const order = newestFirst(columns.length > 0);
    const fromFirst = sql`(created_at, id) <= (first.created_at, first.id)`;
    const pageRows = sql`from incidents ${whereAll([...matches, fromFirst])} ${order}`;
    const firstRow = (conditions: RawBuilder<unknown>[]) => sql`lateral (
        select created_at, id from incidents ${whereAll(conditions)} ${order} limit 1 offset page.relative_skip
      )`;
    const input: [column: string, values: RawBuilder<unknown>][] = [
      ['relative_skip', sql`unnest(${relativeSkips}::bigint[])`],
      ['max_rows', sql`unnest(${limits}::int[])`],
      ...columns.map((column, index): [string, RawBuilder<unknown>] => {
        const position = sql.lit(index + 1);
        return [column, sql`unnest((${filters}::text[])[${position}:${position}])`];
      }),
    ];
    if (needsRecursion) input.push(['has_previous', sql`unnest(${hasPrevious}::boolean[])`]);
    const names = [...input.map(([column]) => column), 'number'].map((name) => sql.ref(name));
    const pages = sql`rows from (${sql.join(input.map(([, values]) => values))})
      with ordinality as page (${sql.join(names)})`;
    const firstRows = sql`
      with recursive page as materialized (select * from ${pages}),
      first as (
        select page.number, incident.created_at, incident.id
        from page left join ${firstRow(matches)} as incident on true
        where not page.has_previous
        union all
        select page.number, incident.created_at, incident.id
        from first join page on page.number = first.number + 1 and page.has_previous
        left join ${firstRow([...matches, fromFirst])} as incident on true
      )`;
    return sql<PageRow>`
      ${needsRecursion ? firstRows : sql``}
      select page.number, listed.incidents, octet_length(listed.incidents) as bytes, listed.versions,
        listed.has_more, listed.has_large
      from ${
        needsRecursion
          ? sql`page join first using (number)`
          : sql`${pages} left join ${firstRow(matches)} as first on true`
      }
      cross join lateral (
        select string_agg(json, ',') as incidents, string_agg(id || '.' || version, ',') as versions,
          count(*) > page.max_rows as has_more, least(count(*), page.max_rows) > count(json) as has_large
        from (
          select id, version,
            case
              when id is distinct from (select id ${pageRows} limit 1 offset page.max_rows)
                and octet_length(description) <= ${sql.lit(MAX_DESCRIPTION_BYTES)}
              then ${incidentJsonText('incidents')}
            end as json
          ${pageRows} limit page.max_rows + 1
        ) as incident
      ) as listed`;
  };
