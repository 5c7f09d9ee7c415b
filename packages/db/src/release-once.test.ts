import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { expect, test } from 'vitest';
import { createDb } from './client.ts';
import { releaseOnce } from './release-once.ts';

const database = useTestDatabase();

test('ignores a second release of a connection', async () => {
  const { pool } = database.db;
  const released = await new Promise<unknown>((resolve) => {
    releaseOnce(pool).connect((_error, client, release) => {
      release();
      release();
      resolve(client);
    });
  });
  expect({ total: pool.totalCount, idle: pool.idleCount }).toEqual({ total: 1, idle: 1 });
  const [first, second] = await Promise.all([pool.connect(), releaseOnce(pool).connect()]);
  expect(first).toBe(released);
  expect(second).not.toBe(first);
  first.release();
  second.release();
});

test('passes on the error when no connection is available', async () => {
  const db = createDb({
    url: database.url,
    poolSize: 1,
    applicationName: 'incidents-test',
    connectionTimeoutMs: 500,
    onConnectionError: () => {},
  });
  const only = await db.pool.connect();
  const error = await new Promise((resolve) => {
    releaseOnce(db.pool).connect((reason) => resolve(reason));
  });
  expect(error).toMatchObject({ message: 'timeout exceeded when trying to connect' });
  only.release();
  await db.close();
});

test('passes queries through', async () => {
  const { pool } = database.db;
  expect((await releaseOnce(pool).query('select 1 as one')).rows).toEqual([{ one: 1 }]);
});
