import { cause, someIncident, storeIncident } from '@incidents/testing/fixtures/incidents';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { expect, test } from 'vitest';
import { findIncident } from './find-incident.ts';

const database = useTestDatabase();

test('returns the stored values unchanged', async () => {
  const { kysely } = database.db;
  const stored = await storeIncident(kysely, someIncident(), cause, []);
  await storeIncident(kysely, someIncident(), cause, []);
  expect(await findIncident(kysely, stored.id)).toEqual(stored);
});

test.each([0, -1, 2 ** 31, Number.MAX_SAFE_INTEGER])('%s is undefined', async (id) => {
  expect(await findIncident(database.db.kysely, id)).toBeUndefined();
});

test('an id beyond int4 is an id', async () => {
  const { kysely, pool } = database.db;
  await pool.query(`alter sequence incidents_id_seq restart 9007199254740991`);
  const stored = await storeIncident(kysely, someIncident(), cause, []);
  expect(stored.id).toBe(Number.MAX_SAFE_INTEGER);
  expect(await findIncident(kysely, Number.MAX_SAFE_INTEGER)).toEqual(stored);
});
