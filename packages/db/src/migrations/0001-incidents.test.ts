import { cause, parseRows, storeIncident, unreportedFields } from '@incidents/testing/fixtures/incidents';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { describe, expect, test } from 'vitest';
import { migrate } from '../migrate.ts';
import { selectIncidents } from '../queries/incident/select-incidents.ts';
import { readStatistics } from '../queries/statistics/read-statistics.ts';
import { databaseSettings } from '../testing/database-settings.ts';
import { describeSchema } from '../testing/describe-schema.ts';
import { legacyTable } from '../testing/legacy-table.ts';

const fresh = useTestDatabase();
const infinite = useTestDatabase({ empty: true });
const unowned = useTestDatabase({ empty: true });

/** UTC instants with more digits than a Date has, some of them at the edges of a day. */
const instants = [
  '2025-11-08 12:00:00.123456',
  '2025-11-08 23:59:59.9',
  '2025-11-09 00:00:00',
  '2025-03-30 01:30:00.0004',
  '1999-12-31 23:59:59.001',
];
const statuses = ['новый', 'в работе', 'закрыт', 'новый', 'свой статус'];

describe.each([
  { kind: 'timestamptz', createdAt: 'TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL', suffix: '+00' },
  { kind: 'naive UTC timestamps', createdAt: 'TIMESTAMP WITHOUT TIME ZONE DEFAULT now()', suffix: '' },
])(
  'the table of the legacy service with $kind, in a database whose time zone is not UTC',
  ({ createdAt, suffix }) => {
    const database = useTestDatabase({ empty: true });

    test('keeps its rows, ids, instants and sequence, and becomes the table of a fresh database', async () => {
      const { pool, kysely } = database.db;
      const name = new URL(database.url).pathname.slice(1);
      await pool.query(`alter database ${name} set timezone = 'Asia/Tokyo'`);
      const legacy = await pool.connect();
      // The setting above applies to new connections only.
      await legacy.query(`set timezone = 'Asia/Tokyo'`);
      await legacy.query(legacyTable(createdAt));
      for (const [index, instant] of instants.entries()) {
        await legacy.query(
          `insert into incidents (text, description, status, source, created_at) values ($1, $2, $3, $4, $5)`,
          [
            `инцидент ${index}`,
            `описание\n${'я'.repeat(3000)}`,
            statuses[index],
            'operator',
            instant + suffix,
          ],
        );
      }
      await legacy.query('delete from incidents where id = 4');
      legacy.release(true);

      await migrate(database.url);

      expect(await databaseSettings(database.db)).toContain('TimeZone=Asia/Tokyo');
      expect(parseRows(await selectIncidents(kysely, { filter: {}, from: { skip: 0 }, limit: 100 }))).toEqual(
        [
          { id: 3, created_at: '2025-11-09T00:00:00.000Z' },
          { id: 2, created_at: '2025-11-08T23:59:59.900Z' },
          { id: 1, created_at: '2025-11-08T12:00:00.123Z' },
          { id: 5, created_at: '1999-12-31T23:59:59.001Z' },
        ].map(({ id, created_at }) => ({
          id,
          text: `инцидент ${id - 1}`,
          description: `описание\n${'я'.repeat(3000)}`,
          status: statuses[id - 1],
          source: 'operator',
          created_at,
          ...unreportedFields(created_at),
        })),
      );
      expect(await readStatistics(kysely, [])).toMatchObject({
        by_status: { named: { новый: 1, 'в работе': 1, закрыт: 1, 'свой статус': 1 } },
        by_source: { named: { operator: 4 } },
      });
      const { rows: days } = await pool.query(
        `select value, incidents from incident_statistics where dimension = 'day' order by value`,
      );
      expect(days).toEqual([
        { value: '1999-12-31', incidents: 1 },
        { value: '2025-11-08', incidents: 2 },
        { value: '2025-11-09', incidents: 1 },
      ]);

      expect(await describeSchema(database.db)).toEqual(await describeSchema(fresh.db));
      const added = await storeIncident(
        kysely,
        { text: 'новый', description: 'после', status: 'новый', source: 'partner' },
        cause,
        [],
      );
      expect(added.id).toBe(6);
      expect(Math.abs(Date.now() - Date.parse(added.created_at))).toBeLessThan(60_000);
    });
  },
);

describe('a row of the legacy service without a time', () => {
  const database = useTestDatabase({ empty: true });

  test.each(['TIMESTAMP WITHOUT TIME ZONE', 'TIMESTAMP WITH TIME ZONE'])(
    'of type %s counts as made now',
    async (type) => {
      const { pool, kysely } = database.db;
      const name = new URL(database.url).pathname.slice(1);
      await pool.query(`alter database ${name} set timezone = 'Asia/Tokyo'`);
      await pool.query(
        'drop schema if exists graphile_worker cascade; drop schema public cascade; create schema public',
      );
      await pool.query(legacyTable(`${type} DEFAULT now()`));
      await pool.query(`insert into incidents values (1, 'текст', 'описание', 'новый', 'operator', null)`);
      await migrate(database.url);
      const [incident] = parseRows(
        await selectIncidents(kysely, { filter: {}, from: { skip: 0 }, limit: 1 }),
      );
      expect(Math.abs(Date.now() - Date.parse(incident?.created_at ?? ''))).toBeLessThan(60_000);
    },
  );
});

test('a row of the legacy service with the time infinity is kept, and counts for no day', async () => {
  const { pool, kysely } = infinite.db;
  await pool.query(legacyTable('TIMESTAMP WITHOUT TIME ZONE DEFAULT now()'));
  await pool.query(`insert into incidents values (1, 'текст', 'описание', 'новый', 'operator', 'infinity')`);
  await migrate(infinite.url);
  const [incident] = parseRows(await selectIncidents(kysely, { filter: {}, from: { skip: 0 }, limit: 1 }));
  expect(incident?.created_at).toBe('9999-12-31T23:59:59.999Z');
  const { rows } = await pool.query('select dimension, incidents from incident_statistics order by 1');
  expect(rows).toEqual([
    { dimension: 'source', incidents: 1 },
    { dimension: 'status', incidents: 1 },
  ]);
});

test('new incidents take their ids from a sequence that no column owned', async () => {
  const { pool, kysely } = unowned.db;
  await pool.query(legacyTable());
  await pool.query(`
    alter sequence incidents_id_seq owned by none;
    alter sequence incidents_id_seq rename to numbers;
    alter sequence numbers restart 41`);
  await migrate(unowned.url);
  const incidents = ['первый', 'второй'].map((text) =>
    storeIncident(kysely, { text, description: 'описание', status: 'новый', source: 'partner' }, cause, []),
  );
  expect((await Promise.all(incidents)).map(({ id }) => id).sort()).toEqual([41, 42]);
});
