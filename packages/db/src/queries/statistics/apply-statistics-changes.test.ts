import {
  cause,
  changeIncident,
  recount,
  someIncident,
  storeIncident,
} from '@incidents/testing/fixtures/incidents';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { createDb, type Db } from '../../client.ts';
import { applyStatisticsChanges } from './apply-statistics-changes.ts';

const database = useTestDatabase();

beforeEach(() => database.db.pool.query('truncate incidents restart identity'));

const figures = async (db: Db) => {
  const { rows } = await db.pool.query<{ key: string; incidents: number }>(
    `select dimension || ' ' || value as key, incidents from incident_statistics where incidents <> 0`,
  );
  return Object.fromEntries(rows.map(({ key, incidents }) => [key, incidents]));
};

const counted = async (db: Db) => {
  const { rows } = await db.pool.query<{ key: string; incidents: number }>(`
    select 'status ' || status as key, count(*) as incidents from incidents group by status
    union all select 'source ' || source, count(*) from incidents group by source
    union all select 'day ' || (created_at at time zone 'UTC')::date, count(*) from incidents group by 1`);
  return Object.fromEntries(rows.map(({ key, incidents }) => [key, incidents]));
};

const applyAll = async (db: Db) => {
  while ((await applyStatisticsChanges(db.kysely)).taken > 0);
};

describe('increments', () => {
  const insert = (status: string, source: string, at: string) =>
    database.db.pool.query(
      `insert into incidents (text, description, status, source, created_at) values ('т', 'о', $1, $2, $3)`,
      [status, source, at],
    );

  beforeEach(async () => {
    await insert('новый', 'operator', '2025-03-01T23:59:59.999Z');
    await insert('новый', 'partner', '2025-03-02T00:00:00Z');
    await insert('закрыт', 'operator', '2025-03-02T00:00:00+05:00');
    await applyAll(database.db);
  });

  test('count what was stored, by status, source and UTC day', async () => {
    expect(await figures(database.db)).toEqual({
      'status новый': 2,
      'status закрыт': 1,
      'source operator': 2,
      'source partner': 1,
      'day 2025-03-01': 2,
      'day 2025-03-02': 1,
    });
  });

  test.each([
    ['a status', `update incidents set status = 'закрыт' where id = 1`, 'status закрыт', 2],
    ['a source', `update incidents set source = 'monitoring' where id = 1`, 'source monitoring', 1],
    ['several at once', `update incidents set status = 'в работе'`, 'status в работе', 3],
    ['a time', `update incidents set created_at = '2024-02-29T12:00:00Z' where id = 1`, 'day 2024-02-29', 1],
    ['an id', `update incidents set id = 77 where id = 1`, 'status новый', 2],
    [
      'a swap',
      `update incidents set source = case source when 'operator' then 'partner' else 'operator' end`,
      'source partner',
      2,
    ],
    ['a delete', `delete from incidents where id = 1`, 'status новый', 1],
    ['a delete of all', `delete from incidents`, 'status новый', undefined],
    ['a truncate', `truncate incidents`, 'status новый', undefined],
    [
      'a copy of all',
      `insert into incidents (text, description, status, source) select text, description, status, source from incidents`,
      'status новый',
      4,
    ],
    [
      'an upsert',
      `insert into incidents (id, text, description, status, source) values (1, 'т', 'о', 'новый', 'x'), (9, 'т', 'о', 'новый', 'x') on conflict (id) do update set status = 'закрыт'`,
      'status закрыт',
      2,
    ],
  ])('follow %s by plain SQL', async (_what, statement, key, expected) => {
    await database.db.pool.query(statement);
    await applyAll(database.db);
    const now = await figures(database.db);
    expect(now[key]).toBe(expected);
    expect(now).toEqual(await counted(database.db));
  });

  test('follow the queries of the service', async () => {
    const { kysely } = database.db;
    const { id } = await storeIncident(
      kysely,
      someIncident({ status: 'закрыт', source: 'monitoring' }),
      cause,
      [],
    );
    await changeIncident(kysely, id, { status: 'в работе' }, cause, recount);
    await changeIncident(kysely, id, { source: 'another' }, cause, recount);
    await applyAll(database.db);
    const now = await figures(database.db);
    expect(now).toMatchObject({ 'status в работе': 1, 'source another': 1 });
    expect(now).not.toHaveProperty('source monitoring');
    expect(now).toEqual(await counted(database.db));
  });

  test.each(['infinity', '-infinity'])(
    'of %s count by status and source, and hold up no others',
    async (time) => {
      await insert('новый', 'operator', time);
      await insert('новый', 'operator', '2025-03-02T00:00:00Z');
      expect(await applyStatisticsChanges(database.db.kysely)).toEqual({ taken: 2, undated: 1 });
      const before = await figures(database.db);
      expect(before).toMatchObject({ 'status новый': 4, 'source operator': 4, 'day 2025-03-02': 2 });

      await database.db.pool.query(`update incidents set created_at = '2025-03-03T00:00:00Z' where id = 4`);
      await applyAll(database.db);
      expect(await figures(database.db)).toEqual({ ...before, 'day 2025-03-03': 1 });
      expect(await figures(database.db)).toEqual(await counted(database.db));
    },
  );

  test('of a rolled back transaction are not counted', async () => {
    const before = await figures(database.db);
    const client = await database.db.pool.connect();
    await client.query(
      `begin; insert into incidents (text, description, source) values ('т', 'о', 'x'); rollback`,
    );
    client.release();
    expect(await applyStatisticsChanges(database.db.kysely)).toEqual({ taken: 0, undated: 0 });
    expect(await figures(database.db)).toEqual(before);
  });

  test('are counted once; a second call changes no total', async () => {
    await insert('новый', 'operator', '2025-03-02T00:00:00Z');
    expect(await applyStatisticsChanges(database.db.kysely)).toEqual({ taken: 1, undated: 0 });
    const traces = 'select xmin::text, * from incident_statistics order by dimension, value';
    const { rows: before } = await database.db.pool.query(traces);
    expect(await applyStatisticsChanges(database.db.kysely)).toEqual({ taken: 0, undated: 0 });
    expect((await database.db.pool.query(traces)).rows).toEqual(before);
  });
});

test('concurrent writers and counters succeed and end with the totals of a recount', async () => {
  // One pool each, so that writers and counters never wait for a connection of the others.
  const pool = (applicationName: string) => {
    const db = createDb({ url: database.url, poolSize: 6, applicationName, onConnectionError: () => {} });
    onTestFinished(() => db.close());
    return db;
  };
  const writers = pool('incidents-writers');
  const counters = pool('incidents-counters');
  const statuses = ['новый', 'в работе', 'закрыт'];
  let writing = true;
  let applied = 0;

  const write = async (writer: number) => {
    for (let round = 0; round < 40; round++) {
      const { id } = await storeIncident(
        writers.kysely,
        someIncident({ status: statuses[round % 3], source: `source ${(writer + round) % 7}` }),
        cause,
        recount,
      );
      await changeIncident(writers.kysely, id, { status: statuses[(round + writer) % 3] }, cause, recount);
      await changeIncident(
        writers.kysely,
        1 + (round % 5),
        { source: `source ${(writer * round) % 7}` },
        cause,
        recount,
      );
      if (round % 10 === 3) {
        await writers.pool.query(
          `update incidents set created_at = created_at - interval '1 day' where id = $1`,
          [id],
        );
      }
      if (round % 10 === 7) await writers.pool.query('delete from incidents where id = $1', [id]);
      if (round === 20 && writer === 0) await writers.pool.query('truncate incidents');
    }
  };
  const count = async () => {
    while (writing) applied += (await applyStatisticsChanges(counters.kysely)).taken;
  };

  const counting = Array.from({ length: 6 }, count);
  await Promise.all(Array.from({ length: 6 }, (_, writer) => write(writer))).finally(() => {
    writing = false;
  });
  await Promise.all(counting);
  await applyAll(database.db);

  expect(applied).toBeGreaterThan(0);
  const now = await figures(database.db);
  expect(now).toEqual(await counted(database.db));
  expect(Object.keys(now).length).toBeGreaterThan(8);
  const { rows } = await database.db.pool.query('select count(*) as left from incident_statistics_changes');
  expect(rows).toEqual([{ left: 0 }]);
});
