import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Database } from '../tables/database.ts';
import { useTestDatabase } from '../testing/test-database.ts';
import { countIncidents, type IncidentPage, listIncidents } from './list-incidents.ts';

describe('few incidents, several of one instant', () => {
  const database = useTestDatabase();

  beforeAll(() =>
    database.db.pool.query(`
      insert into incidents (text, description, status, source, created_at)
      select 'текст', 'описание', (array['новый', 'закрыт'])[1 + n % 2], 'operator',
        timestamptz '2025-11-08 12:00:00.000Z' + (n / 4) * interval '1 millisecond'
      from generate_series(1, 23) as n order by n % 7, n`),
  );
  const list = (page: Partial<IncidentPage>) =>
    listIncidents(database.db.kysely, { status: undefined, skip: 0, limit: 100, ...page });

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
      expect(await countIncidents(database.db.kysely, status)).toBe(expected.length);
    }
    expect(await countIncidents(database.db.kysely, undefined)).toBe(23);
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

  test('no limit and what is beyond the end are empty lists', async () => {
    expect(await list({ limit: 0 })).toEqual([]);
    expect(await list({ skip: 23 })).toEqual([]);
    expect(await list({ skip: Number.MAX_SAFE_INTEGER, limit: 10_001 })).toEqual([]);
  });
});

describe('many incidents', () => {
  const database = useTestDatabase();

  beforeAll(async () => {
    // As in life: the newest are open, the old ones closed but for a few.
    await database.db.pool.query(`
      insert into incidents (text, description, status, source, created_at)
      select 'инцидент ' || n, repeat('описание ', 20), case
          when n > 5000 then (array['новый', 'в работе'])[1 + n % 2]
          when n % 100 = 0 then 'отложен'
          else 'закрыт'
        end, 'operator', now() - (8000 - n) * interval '1 minute'
      from generate_series(1, 8000) as n`);
    await database.db.pool.query('vacuum analyze incidents');
  });

  interface PlanNode {
    'Node Type': string;
    'Index Name'?: string;
    'Actual Rows': number;
    'Rows Removed by Filter'?: number;
    Plans?: PlanNode[];
  }

  /** The nodes of the plan by which PostgreSQL runs `page`, from the top down. */
  async function planOf(page: IncidentPage, planCacheMode: string): Promise<PlanNode[]> {
    let statement: { sql: string; parameters: readonly unknown[] } | undefined;
    const pool = new pg.Pool({ connectionString: database.url });
    const kysely = new Kysely<Database>({
      dialect: new PostgresDialect({ pool }),
      log: ({ query }) => {
        statement = query;
      },
    });
    onTestFinished(() => kysely.destroy());
    await listIncidents(kysely, page);
    if (statement === undefined) throw new Error('nothing was asked');
    const values = statement.parameters.map((value) =>
      typeof value === 'string' ? `'${value}'` : `${value}`,
    );
    const client = await pool.connect();
    try {
      await client.query(`set plan_cache_mode = ${planCacheMode}`);
      await client.query(`prepare list as ${statement.sql}`);
      const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
        `explain (analyze, format json) execute list (${values.join()})`,
      );
      const nodes: PlanNode[] = [];
      const collect = (node: PlanNode) => {
        nodes.push(node);
        node.Plans?.forEach(collect);
      };
      const plan = rows[0]?.['QUERY PLAN'][0].Plan;
      if (plan) collect(plan);
      return nodes;
    } finally {
      client.release();
    }
  }

  // Statements are prepared, so PostgreSQL may plan once for all parameters.
  describe.each(['force_custom_plan', 'force_generic_plan'])('%s', (planCacheMode) => {
    test.each([
      { page: { status: undefined, skip: 0, limit: 101 }, index: 'incidents_newest' },
      { page: { status: undefined, skip: 200, limit: 101 }, index: 'incidents_newest' },
      { page: { status: 'в работе', skip: 0, limit: 101 }, index: 'incidents_status_newest' },
      { page: { status: 'в работе', skip: 50, limit: 21 }, index: 'incidents_status_newest' },
      { page: { status: 'закрыт', skip: 0, limit: 101 }, index: 'incidents_status_newest' },
      { page: { status: 'отложен', skip: 0, limit: 21 }, index: 'incidents_status_newest' },
      { page: { status: 'нет такого', skip: 0, limit: 101 }, index: 'incidents_status_newest' },
    ])('$page reads $index and no row too many', async ({ page, index }) => {
      const nodes = await planOf(page, planCacheMode);
      expect(nodes.map((node) => node['Node Type'])).not.toContain('Sort');
      const scan = nodes.at(-1);
      expect(scan).toMatchObject({ 'Node Type': 'Index Scan', 'Index Name': index });
      expect(scan?.['Actual Rows']).toBe(page.status === 'нет такого' ? 0 : page.skip + page.limit);
      expect(scan?.['Rows Removed by Filter'] ?? 0).toBe(0);
    });
  });
});
