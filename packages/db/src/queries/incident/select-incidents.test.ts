import { parseRows } from '@incidents/testing/fixtures/incidents';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import type { Kysely } from 'kysely';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../tables/database.ts';
import { explainStatements, type PlanNode } from '../../testing/explain-statements.ts';
import { storeManyIncidents } from '../../testing/store-many-incidents.ts';
import { countIncidents } from './count-incidents.ts';
import { hasMoreIncidents } from './has-more-incidents.ts';
import { type IncidentPage, selectIncidents } from './select-incidents.ts';

describe('few incidents, several of one instant', () => {
  const database = useTestDatabase();

  beforeAll(() =>
    database.db.pool.query(`
      insert into incidents (text, description, status, source, created_at)
      select 'текст', 'описание', (array['новый', 'закрыт'])[1 + n % 2], 'operator',
        timestamptz '2025-11-08 12:00:00.000Z' + (n / 4) * interval '1 millisecond'
      from generate_series(1, 23) as n order by n % 7, n`),
  );
  const list = async ({
    status,
    skip = 0,
    limit = 100,
  }: {
    status?: string;
    skip?: number;
    limit?: number;
  }) => parseRows(await selectIncidents(database.db.kysely, { filter: { status }, from: { skip }, limit }));

  test('come newest first, and by id where the time is the same', async () => {
    const incidents = await list({});
    const sorted = incidents.toSorted(
      (a, b) => Date.parse(b.created_at) - Date.parse(a.created_at) || b.id - a.id,
    );
    expect(incidents).toHaveLength(23);
    expect(incidents).toEqual(sorted);
    // Neither alone would do: the ids were given in another order than the times.
    expect(incidents).not.toEqual(incidents.toSorted((a, b) => b.id - a.id));
    expect(new Set(incidents.map(({ created_at }) => created_at)).size).toBeLessThan(incidents.length);
  });

  test.each([1, 2, 3, 5, 22, 23])('pages of %s hold every incident once', async (limit) => {
    const all = await list({});
    const pages = [];
    for (let skip = 0; skip < all.length; skip += limit) pages.push(...(await list({ skip, limit })));
    expect(pages).toEqual(all);
  });

  test('a status filters exactly', async () => {
    const all = await list({});
    for (const status of ['новый', 'закрыт', 'НОВЫЙ', 'новый ', 'в работе', '']) {
      const expected = all.filter((incident) => incident.status === status);
      expect(await list({ status })).toEqual(expected);
      expect(await countIncidents(database.db.kysely, { status })).toBe(expected.length);
    }
    expect(await countIncidents(database.db.kysely, {})).toBe(23);
  });

  test('a time that ISO 8601 cannot say is the nearest that it can', async () => {
    const times = [
      'infinity',
      '12025-01-01 00:00:00Z',
      '9999-12-31 23:59:59.999Z',
      '0044-03-15 BC',
      '-infinity',
    ];
    const { rows } = await database.db.pool.query<{ id: number }>(
      `insert into incidents (text, description, source, created_at)
       select 'текст', 'описание', '', unnest($1::timestamptz[]) returning id`,
      [times],
    );
    const ids = rows.map(({ id }) => id);
    const found = (await list({})).filter(({ id }) => ids.includes(id));
    await database.db.pool.query('delete from incidents where id = any($1)', [ids]);
    expect(found.map(({ created_at }) => created_at)).toEqual([
      ...Array(3).fill('9999-12-31T23:59:59.999Z'),
      ...Array(2).fill('0001-01-01T00:00:00.000Z'),
    ]);
  });

  test('every character comes as it was stored', async () => {
    const text = String.fromCharCode(...Array.from({ length: 0x2ff }, (_, code) => code + 1), 0x2028, 0xfeff);
    const { rows } = await database.db.pool.query<{ id: number }>(
      `insert into incidents (text, description, source) values ($1, $2, '"\\') returning id`,
      [text, '😀'],
    );
    const [incident] = await list({ limit: 1 });
    await database.db.pool.query('delete from incidents where id = $1', [rows[0]?.id]);
    expect(incident).toMatchObject({ id: rows[0]?.id, text, description: '😀', source: '"\\' });
  });

  test('returns an empty list for a limit of 0 and beyond the end', async () => {
    expect(await list({ limit: 0 })).toEqual([]);
    expect(await list({ skip: 23 })).toEqual([]);
    expect(await list({ skip: Number.MAX_SAFE_INTEGER, limit: 10_001 })).toEqual([]);
  });
});

describe('many incidents', () => {
  const database = useTestDatabase();

  beforeAll(() => storeManyIncidents(database.db.pool, { count: 8_000, closed: 5_000 }));

  const plansOf = (ask: (kysely: Kysely<Database>) => Promise<unknown>, planCacheMode: string) =>
    explainStatements(database.url, ask, { planCacheMode, analyze: true });
  const scansIn = (nodes: PlanNode[]) => nodes.filter((node) => /(?<!Subquery )Scan/.test(node['Node Type']));

  // Statements are prepared, so PostgreSQL may plan once for all parameters.
  describe.each(['force_custom_plan', 'force_generic_plan'])('%s', (planCacheMode) => {
    test.each([
      { status: undefined, skip: 0, limit: 101, index: 'incidents_newest' },
      { status: undefined, skip: 200, limit: 101, index: 'incidents_newest' },
      { status: undefined, skip: 6000, limit: 101, index: 'incidents_newest' },
      { status: undefined, skip: 6000, limit: 400, index: 'incidents_newest' },
      { status: 'в работе', skip: 0, limit: 101, index: 'incidents_status_newest' },
      { status: 'в работе', skip: 50, limit: 21, index: 'incidents_status_newest' },
      { status: 'закрыт', skip: 50, limit: 400, index: 'incidents_status_newest' },
      { status: 'закрыт', skip: 0, limit: 101, index: 'incidents_status_newest' },
      { status: 'закрыт', skip: 4000, limit: 101, index: 'incidents_status_newest' },
      { status: 'отложен', skip: 0, limit: 21, index: 'incidents_status_newest' },
      { status: 'нет такого', skip: 0, limit: 101, index: 'incidents_status_newest' },
    ])(
      'status $status, skip $skip, limit $limit: rows of the page alone, other entries of $index alone',
      async ({ status, skip, limit, index }) => {
        const nodes = await plansOf(
          (kysely) => selectIncidents(kysely, { filter: { status }, from: { skip }, limit }),
          planCacheMode,
        );
        expect(nodes.map((node) => node['Node Type'])).not.toContain('Sort');
        const [page, passed] = scansIn(nodes).toSorted((a, b) => (b['Node Type'] < a['Node Type'] ? -1 : 1));
        expect(page).toMatchObject({ 'Node Type': 'Index Scan', 'Index Name': index });
        expect(page?.['Actual Rows']).toBe(status === 'нет такого' ? 0 : limit);
        expect(page?.['Rows Removed by Filter'] ?? 0).toBe(0);
        if (skip > 0) {
          expect(passed).toMatchObject({
            'Node Type': 'Index Only Scan',
            'Index Name': index,
            'Actual Rows': skip + 1,
            'Heap Fetches': 0,
          });
        }
      },
    );

    test.each([
      { filter: { severity: 'critical' }, index: 'incidents_severity_newest' },
      { filter: { bot: 'rare_bot' }, index: 'incidents_bot_newest' },
      { filter: { assignee: 'Анна' }, index: 'incidents_assignee_newest' },
    ])('$filter: rows of the page alone, by $index', async ({ filter, index }) => {
      for (const [limit, found] of [
        [21, 21],
        [400, 80],
      ] as const) {
        const nodes = await plansOf(
          (kysely) => selectIncidents(kysely, { filter, from: { skip: 0 }, limit }),
          planCacheMode,
        );
        expect(nodes.map((node) => node['Node Type'])).not.toContain('Sort');
        const [page] = scansIn(nodes).toSorted((a, b) => (b['Node Type'] < a['Node Type'] ? -1 : 1));
        expect(page).toMatchObject({ 'Index Name': index, 'Actual Rows': found });
        expect(page?.['Rows Removed by Filter'] ?? 0).toBe(0);
      }
    });

    test.each([
      { status: undefined, index: 'incidents_newest' },
      { status: 'закрыт', index: 'incidents_status_newest' },
    ])('status $status: a batch behind a row reads no row before it', async ({ status, index }) => {
      const { next } = await selectIncidents(database.db.kysely, {
        filter: { status },
        from: { skip: 1000 },
        limit: 10_000,
      });
      if (next === undefined) throw new Error('it was to be cut');
      const nodes = await plansOf(
        (kysely) => selectIncidents(kysely, { filter: { status }, from: { after: next }, limit: 200 }),
        planCacheMode,
      );
      expect(nodes.map((node) => node['Node Type'])).not.toContain('Sort');
      expect(scansIn(nodes)).toMatchObject([
        { 'Node Type': 'Index Scan', 'Index Name': index, 'Actual Rows': 200 },
      ]);
    });

    test.each([
      { status: undefined, index: 'incidents_newest' },
      { status: 'закрыт', index: 'incidents_status_newest' },
    ])('status $status: whether there are more is found in the index alone', async ({ status, index }) => {
      const nodes = await plansOf(
        (kysely) => hasMoreIncidents(kysely, { filter: { status }, skip: 2000 }),
        planCacheMode,
      );
      expect(scansIn(nodes)).toMatchObject([
        { 'Node Type': 'Index Only Scan', 'Index Name': index, 'Actual Rows': 2001, 'Heap Fetches': 0 },
      ]);
    });
  });
});

describe('incidents of every size', () => {
  const database = useTestDatabase();
  const list = async (limit: number, from: IncidentPage['from'] = { skip: 0 }) => {
    const batch = await selectIncidents(database.db.kysely, { filter: {}, from, limit });
    return { ...batch, rows: parseRows(batch) };
  };
  const sizesOf = (rows: { text: string; description: string }[]) =>
    rows.reduce((sum, { text, description }) => sum + Buffer.byteLength(text + description), 0);
  const idsOf = (rows: { id: number }[]) => rows.map(({ id }) => id);

  const readBatches = async (limit = 10_000) => {
    const batches = [await list(limit)];
    for (let next = batches[0]?.next; next !== undefined; ) {
      const batch = await list(limit - batches.flatMap(({ rows }) => rows).length, { after: next });
      batches.push(batch);
      next = batch.next;
    }
    return batches;
  };

  beforeEach(() => database.db.pool.query('truncate incidents restart identity'));
  const insert = (count: number, description: string, createdAt = 'now()') =>
    database.db.pool.query(`
      insert into incidents (text, description, source, created_at)
      select 'ё', ${description}, 'operator', ${createdAt} from generate_series(1, ${count}) as n`);

  test('a small page is whole, and so is one with a large description in it', async () => {
    await insert(101, `repeat('о', case when n = 50 then 20000 else 100 end)`);
    const { rows, next } = await list(101);
    expect(idsOf(rows)).toEqual(Array.from({ length: 101 }, (_, index) => 101 - index));
    expect(rows[51]?.description).toBe('о'.repeat(20_000));
    expect(next).toBeUndefined();
  });

  test.each([
    ['of 64 KiB', 20, `repeat('x', 65536)`],
    [
      'of 64 KiB that do not compress',
      20,
      `(select string_agg(md5(random()::text), '') from generate_series(n, n + 2047))`,
    ],
    ['of one byte', 1_700, `'x'`],
    ['of all sizes', 300, `repeat('ю', (n * 7919) % 32768 + 1)`],
  ])(
    'descriptions %s: batches of bounded size hold every row once, in order',
    async (_, count, description) => {
      await insert(count, description);
      const batches = await readBatches();
      expect(batches.length).toBeGreaterThan(3);
      for (const { rows } of batches) {
        expect(sizesOf(rows)).toBeLessThan(128 * 1_024 + 65_536 + 100);
        expect(rows.length).toBeLessThanOrEqual(500);
      }
      expect(idsOf(batches.flatMap(({ rows }) => rows))).toEqual(
        Array.from({ length: count }, (_, index) => count - index),
      );
    },
  );

  test('one that is larger than any batch, as a table that was taken over may have it', async () => {
    await insert(3, `repeat('x', 1000000)`);
    const batches = await readBatches();
    expect(batches.map(({ rows }) => idsOf(rows))).toEqual([[3], [2], [1], []]);
  });

  test('a page ends with its limit, wherever its batches end', async () => {
    await insert(20, `repeat('x', 65536)`);
    for (const limit of [1, 2, 3, 4, 7]) {
      const batches = await readBatches(limit);
      expect(idsOf(batches.flatMap(({ rows }) => rows))).toHaveLength(limit);
      expect(batches.at(-1)?.next).toBeUndefined();
    }
  });

  test('times that only a hand can have written do not end a page early', async () => {
    for (const time of ['infinity', '-infinity', '0044-03-15 BC', '20000-01-01', '2025-01-01 00:00:00.001']) {
      await insert(4, `repeat('x', 65536)`, `timestamptz '${time}'`);
    }
    const ids = idsOf((await readBatches()).flatMap(({ rows }) => rows));
    expect(ids.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  });

  test('rows that are deleted between two batches are passed over', async () => {
    await insert(12, `repeat('x', 65536)`);
    const first = await list(10_000);
    expect(idsOf(first.rows)).toEqual([12, 11]);
    await database.db.pool.query('delete from incidents where id in (11, 10, 9)');
    const second = await list(10_000, { after: first.next ?? { created_at: '', id: 0 } });
    expect(idsOf(second.rows)).toEqual([8, 7]);
  });
});
