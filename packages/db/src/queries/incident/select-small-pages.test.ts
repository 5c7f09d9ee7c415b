import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { explainStatements, type PlanNode } from '../../testing/explain-statements.ts';
import { storeManyIncidents } from '../../testing/store-many-incidents.ts';
import type { IncidentFilter } from './incident-list.ts';
import { selectIncidents } from './select-incidents.ts';
import { type SmallPage, selectSmallPages } from './select-small-pages.ts';

describe('a page as JSON', () => {
  const database = useTestDatabase();
  const LARGE = 5;
  const COUNT = 9;
  const ALL_CHARACTERS = String.fromCodePoint(
    ...Array.from({ length: 0x2ff }, (_, code) => code + 1),
    ...[0x20ac, 0x2028, 0xd7ff, 0xe000, 0xfeff, 0xfffd, 0xfffe, 0xffff, 0x10000, 0x1f600, 0x10ffff],
  );

  beforeAll(() =>
    database.db.pool.query(
      `insert into incidents (text, description, status, source, version, created_at)
       select $1 || n, repeat('я', case when n = ${LARGE} then 4097 else 4096 end), 'в работе', '"\\', n * 3,
         timestamptz '2025-11-08 12:00:00Z' + n / 2 * interval '1 second'
       from generate_series(1, ${COUNT}) as n`,
      [ALL_CHARACTERS],
    ),
  );

  const readPage = async (page: Partial<SmallPage>) =>
    (await selectSmallPages(database.db.kysely, [{ filter: {}, skip: 0, limit: 3, ...page }]))[0];

  const expectPage = async (page: { filter?: IncidentFilter; skip: number; limit: number }) => {
    const { filter = {}, skip, limit } = page;
    const rows = (
      await selectIncidents(database.db.kysely, { filter, from: { skip }, limit: limit + 1 })
    ).rows.map((json) => ({ json, ...(JSON.parse(json) as { id: number; version: number }) }));
    const json = `[${rows.slice(0, limit).map((row) => row.json)}]`;
    expect(await readPage(page)).toEqual({
      json: Buffer.from(json),
      versions: rows.map(({ id, version }) => `${id}.${version}`).join(),
      hasMore: rows.length > limit,
    });
    return rows.length;
  };

  test.each([
    { skip: 0, limit: 1, read: 2 },
    { skip: 0, limit: 3, read: 4 },
    { skip: LARGE, limit: 3, read: 4 },
    { skip: LARGE, limit: 4, read: 4 },
    { skip: LARGE, limit: 100, read: 4 },
    { skip: COUNT - 1, limit: 1, read: 1 },
    { skip: COUNT, limit: 1, read: 0 },
    { skip: Number.MAX_SAFE_INTEGER, limit: 128, read: 0 },
    { skip: 0, limit: 0, read: 1 },
    { skip: COUNT, limit: 0, read: 0 },
    { filter: { status: 'в работе' }, skip: 0, limit: 2, read: 3 },
    { filter: { status: 'в работе', severity: 'error' }, skip: 1, limit: 2, read: 3 },
    { filter: { status: 'в работе', severity: 'critical' }, skip: 0, limit: 2, read: 0 },
  ])('$filter, skip $skip, limit $limit', async ({ read, ...page }) => {
    expect(await expectPage(page)).toBe(read);
  });

  test('is undefined with a large description in it, but not before the next page', async () => {
    const index = COUNT - LARGE;
    expect(await readPage({ skip: index, limit: 1 })).toBeUndefined();
    expect(await readPage({ skip: index - 2, limit: 3 })).toBeUndefined();
    expect(await readPage({ skip: 0, limit: 128 })).toBeUndefined();
    expect(await expectPage({ skip: index - 2, limit: 2 })).toBe(3);
    expect(await expectPage({ skip: index, limit: 0 })).toBe(1);
  });

  test('of several pages each has its own filter, skip and limit', async () => {
    await database.db.pool.query(
      `insert into incidents (text, description, status, source, bot)
       values ('1', 'd', 'a,b', 's', '{"x"}'), ('2', 'd', '"', 's', '\\'), ('3', 'd', 'NULL', 's', 'a b')`,
    );
    const filters = [
      { status: 'a,b', bot: '{"x"}' },
      { status: '"', bot: '\\' },
      { status: 'NULL', bot: 'a b' },
      { status: 'a,b', bot: 'a b' },
    ];
    const pages = await selectSmallPages(
      database.db.kysely,
      filters.map((filter, index) => ({ filter, skip: 0, limit: index + 1 })),
    );
    await database.db.pool.query(`delete from incidents where source = 's'`);
    expect(
      pages.map((page) => JSON.parse(String(page?.json)).map(({ text }: { text: string }) => text)),
    ).toEqual([['1'], ['2'], ['3'], []]);
  });

  test('pages are the same together as one by one, in any order and overlap', async () => {
    onTestFinished(
      async () => void (await database.db.pool.query(`update incidents set status = 'в работе'`)),
    );
    await database.db.pool.query(`update incidents set status = 'закрыт' where id % 3 = 0`);
    const skips = [COUNT + 7, 2, 0, 4, 2, Number.MAX_SAFE_INTEGER, COUNT - 1, COUNT, 1, COUNT + 9, 0];
    for (const filters of [
      [{}],
      [{ severity: 'error' }],
      [{ status: 'в работе' }, { status: 'закрыт' }, { status: 'новый' }],
      [
        { status: 'в работе', severity: 'error' },
        { status: 'закрыт', severity: 'error' },
      ],
    ]) {
      const pages = skips.flatMap((skip, index) =>
        filters.map((filter, filterIndex) => ({ filter, skip, limit: (index + filterIndex) % 4 })),
      );
      const oneByOne = [];
      for (const page of pages) oneByOne.push(await readPage(page));
      expect(await selectSmallPages(database.db.kysely, pages)).toEqual(oneByOne);
    }
  });
});

describe('the query plan', () => {
  const database = useTestDatabase();

  beforeAll(() => storeManyIncidents(database.db.pool, { count: 10_000, closed: 6_000 }));

  const plansOf = (pages: SmallPage[], planCacheMode: string) =>
    explainStatements(database.url, (kysely) => selectSmallPages(kysely, pages), {
      planCacheMode,
      analyze: true,
    });
  const tableScansIn = (nodes: PlanNode[]) =>
    nodes.filter((node) => /^Index (Only )?Scan$|^Seq Scan$|^Bitmap/.test(node['Node Type']));

  // Statements are prepared, so PostgreSQL may plan once for all parameters.
  describe.each(['force_custom_plan', 'force_generic_plan'])('%s', (planCacheMode) => {
    test.each([
      { filter: {}, skip: 0, limit: 100, index: 'incidents_newest' },
      { filter: {}, skip: 200, limit: 100, index: 'incidents_newest' },
      { filter: {}, skip: 8000, limit: 20, index: 'incidents_newest' },
      { filter: { status: 'в работе' }, skip: 0, limit: 100, index: 'incidents_status_newest' },
      { filter: { status: 'в работе' }, skip: 50, limit: 20, index: 'incidents_status_newest' },
      { filter: { status: 'закрыт' }, skip: 4000, limit: 100, index: 'incidents_status_newest' },
      { filter: { status: 'отложен' }, skip: 0, limit: 20, index: 'incidents_status_newest' },
      { filter: { severity: 'critical' }, skip: 0, limit: 20, index: 'incidents_severity_newest' },
      { filter: { bot: 'rare_bot' }, skip: 0, limit: 20, index: 'incidents_bot_newest' },
      { filter: { assignee: 'Анна' }, skip: 0, limit: 20, index: 'incidents_assignee_newest' },
    ])(
      '$filter, skip $skip, limit $limit: rows of the page alone, other entries of $index alone',
      async ({ index, ...page }) => {
        const nodes = await plansOf([page], planCacheMode);
        expect(nodes.map((node) => node['Node Type'])).not.toContain('Sort');
        const scans = tableScansIn(nodes);
        expect(scans.map((node) => node['Index Name'])).toEqual([index, index, index]);
        const inIndexAlone = scans.filter((node) => node['Node Type'] === 'Index Only Scan');
        expect(inIndexAlone).toMatchObject([
          { 'Actual Rows': page.skip + 1, 'Heap Fetches': 0 },
          { 'Actual Rows': page.limit + 1, 'Heap Fetches': 0 },
        ]);
        const [rows, ...others] = scans.filter((node) => node['Node Type'] === 'Index Scan');
        expect(rows).toMatchObject({ 'Actual Rows': page.limit + 1 });
        expect(rows?.['Rows Removed by Filter'] ?? 0).toBe(0);
        expect(others).toEqual([]);
      },
    );

    test.each([
      { filter: {}, index: 'incidents_newest' },
      { filter: { status: 'закрыт' }, index: 'incidents_status_newest' },
    ])('$filter: several pages skip the rows of a list once', async ({ filter, index }) => {
      const skips = [3000, 200, 5000, 200, 4000];
      const nodes = await plansOf(
        skips.map((skip) => ({ filter, skip, limit: 20 })),
        planCacheMode,
      );
      expect(nodes.map((node) => node['Node Type'])).not.toContain('Sort');
      const scans = tableScansIn(nodes);
      expect(scans.map((node) => node['Index Name'])).toEqual([index, index, index, index]);
      const rowsOf = (type: string) =>
        scans
          .filter((node) => node['Node Type'] === type)
          .map((node) => Math.round(node['Actual Rows'] * node['Actual Loops']));
      const firstPageSkip = 200 + 1;
      const laterPagesSkip = 5000 - 200 + (skips.length - 1);
      const pageRows = 21 * skips.length;
      expect(rowsOf('Index Only Scan')).toEqual([firstPageSkip, laterPagesSkip, pageRows]);
      expect(rowsOf('Index Scan')).toEqual([pageRows]);
    });
  });
});
