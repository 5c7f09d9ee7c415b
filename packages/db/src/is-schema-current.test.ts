import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { createDb } from './client.ts';
import { isSchemaCurrent, QUEUE_SCHEMA_REVISION } from './is-schema-current.ts';
import { migrate } from './migrate.ts';

describe('a migrated database', () => {
  const database = useTestDatabase();

  test('has the queue revision of the constant', async () => {
    const { rows } = await database.db.pool.query(
      'select max(id) as revision from graphile_worker.migrations',
    );
    expect(rows).toEqual([{ revision: QUEUE_SCHEMA_REVISION }]);
  });

  test('is current', async () => {
    expect(await isSchemaCurrent(database.db.kysely)).toBe(true);
  });

  test.each([
    ['our last migration', `delete from kysely_migration where name like '0002%'`],
    ['our first migration', `delete from kysely_migration where name like '0001%'`],
    ["the queue's last", `delete from graphile_worker.migrations where id = ${QUEUE_SCHEMA_REVISION}`],
    ["any of the queue's", 'delete from graphile_worker.migrations'],
    ['our record of migrations', 'drop table kysely_migration'],
    ["the queue's schema", 'drop schema graphile_worker cascade'],
  ])('is not current without %s', async (_what, statement) => {
    const transaction = await database.db.kysely.startTransaction().execute();
    try {
      await sql.raw(statement).execute(transaction);
      expect(await isSchemaCurrent(transaction)).toBe(false);
    } finally {
      await transaction.rollback().execute();
    }
  });
});

describe('an empty database', () => {
  const database = useTestDatabase({ empty: true });

  test('is current once it is migrated', async () => {
    expect(await isSchemaCurrent(database.db.kysely)).toBe(false);
    await migrate(database.url);
    expect(await isSchemaCurrent(database.db.kysely)).toBe(true);
  });
});

test('an unreachable database rejects', async () => {
  const db = createDb({
    url: 'postgresql://stranger@127.0.0.1:1/nothing',
    poolSize: 1,
    applicationName: 'incidents-nowhere',
    onConnectionError: () => {},
  });
  await expect(isSchemaCurrent(db.kysely)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  await db.close();
});
