import { type RawBuilder, sql } from 'kysely';
import { type CompiledStatement, compileOnce } from '../../compile-once.ts';
import type { Connection } from '../../connection.ts';
import { filteredColumns, type IncidentFilter, newestFirst, whereAll } from './incident-list.ts';
import { incidentText } from './incident-row.ts';

export interface SmallPage {
  filter: IncidentFilter;
  skip: number;
  /** At most `MAX_SMALL_PAGE_ROWS`. */
  limit: number;
}

export interface SmallPageText {
  /** The incidents as a JSON array. */
  json: string;
  /** Length of `json` in UTF-8. */
  bytes: number;
  /** Ids and versions of the incidents and of the next one: `3.1,2.7`. */
  versions: string;
  hasMore: boolean;
}

export const MAX_SMALL_PAGE_ROWS = 128;

/** Of one description. `octet_length` does not read it. */
const MAX_DESCRIPTION_BYTES = 8 * 1_024;

const BRACKETS_BYTES = 2;

/**
 * All with a filter by the same columns. With 64 clients a page takes 351 µs of PostgreSQL, 484 µs by itself.
 * @returns the text of each page, in the order of `pages`; undefined for one that has a large description
 */
export async function selectSmallPages(
  connection: Connection,
  pages: SmallPage[],
): Promise<(SmallPageText | undefined)[]> {
  const columns = filteredColumns(pages[0]?.filter ?? {});
  const ordered = orderPages(pages, columns);
  const follow = ordered.map(({ follows }) => follows);
  const { rows } = await statementFor(columns, { somePageFollows: follow.includes(true) })(
    connection,
    ordered.map(({ skip }) => skip),
    ordered.map(({ page }) => page.limit),
    follow,
    columns.map((column) => ordered.map(({ page }) => page.filter[column])),
  );
  const texts = new Map<SmallPage | undefined, SmallPageText>();
  for (const { number, incidents, bytes, versions, has_more, has_large } of rows) {
    if (has_large) continue;
    texts.set(ordered[number - 1]?.page, {
      // PostgreSQL would copy the text to add the brackets.
      json: `[${incidents ?? ''}]`,
      bytes: (bytes ?? 0) + BRACKETS_BYTES,
      versions: versions ?? '',
      hasMore: has_more,
    });
  }
  return pages.map((page) => texts.get(page));
}

interface OrderedPage {
  page: SmallPage;
  /** Whether the page before is of the same list. */
  follows: boolean;
  /** From the first row of the page before if this page follows it, otherwise from the start of the list. */
  skip: number;
}

/** Pages with equal filters together, in the order of `skip`. */
function orderPages(pages: SmallPage[], columns: (keyof IncidentFilter)[]): OrderedPage[] {
  const lists = Map.groupBy(pages, ({ filter }) => JSON.stringify(columns.map((column) => filter[column])));
  return [...lists.values()].flatMap((list) =>
    list
      .toSorted((a, b) => a.skip - b.skip)
      .map((page, index, sorted) => {
        const before = sorted[index - 1];
        return { page, follows: before !== undefined, skip: page.skip - (before?.skip ?? 0) };
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
  [skips: number[], limits: number[], follow: boolean[], filters: FilterValues[]],
  PageRow
>;

interface StatementOptions {
  /** Without any, a statement is spared the recursion: 10 of 180 µs of a page alone. */
  somePageFollows: boolean;
}

/** One per set of filtered columns, so that each has a plan of its own. */
const statements = new Map<string, Statement>();

function statementFor(columns: (keyof IncidentFilter)[], options: StatementOptions): Statement {
  const key = `${columns} ${options.somePageFollows}`;
  const statement = statements.get(key) ?? compileOnce(smallPages(columns, options));
  statements.set(key, statement);
  return statement;
}

/**
 * A page that follows another passes over rows from the first row of that one. When each began at the start of the list,
 * a page of 64 clients took 123 instead of 104 µs of PostgreSQL.
 * The first row of a page, and the one after it, are looked up in the index alone.
 * `row_number()` would find the latter too, but copies every row: 25 µs per page of 20.
 */
const smallPages =
  (columns: (keyof IncidentFilter)[], { somePageFollows }: StatementOptions) =>
  (skips: number[], limits: number[], follow: boolean[], filters: FilterValues[]): RawBuilder<PageRow> => {
    const matches = columns.map((column) => sql`incidents.${sql.ref(column)} = page.${sql.ref(column)}`);
    const order = newestFirst(columns.length > 0);
    const fromFirst = sql`(created_at, id) <= (first.created_at, first.id)`;
    const pageRows = sql`from incidents ${whereAll([...matches, fromFirst])} ${order}`;
    const firstRow = (conditions: RawBuilder<unknown>[]) => sql`lateral (
        select created_at, id from incidents ${whereAll(conditions)} ${order} limit 1 offset page.skip
      )`;
    const values = [
      sql`unnest(${skips}::bigint[])`,
      sql`unnest(${limits}::int[])`,
      sql`unnest(${follow}::boolean[])`,
      ...columns.map(
        (_, index) => sql`unnest((${filters}::text[])[${sql.lit(index + 1)}:${sql.lit(index + 1)}])`,
      ),
    ];
    const names = ['skip', 'max_rows', 'follows', ...columns, 'number'].map((name) => sql.ref(name));
    const pages = sql`rows from (${sql.join(values)}) with ordinality as page (${sql.join(names)})`;
    const firstRows = sql`
      with recursive page as materialized (select * from ${pages}),
      first as (
        select page.number, incident.created_at, incident.id
        from page left join ${firstRow(matches)} as incident on true
        where not page.follows
        union all
        select page.number, incident.created_at, incident.id
        from first join page on page.number = first.number + 1 and page.follows
        left join ${firstRow([...matches, fromFirst])} as incident on true
      )`;
    return sql<PageRow>`
      ${somePageFollows ? firstRows : sql``}
      select page.number, listed.incidents, octet_length(listed.incidents) as bytes, listed.versions,
        listed.has_more, listed.has_large
      from ${
        somePageFollows
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
              then ${incidentText('incidents')}
            end as json
          ${pageRows} limit page.max_rows + 1
        ) as incident
      ) as listed`;
  };
