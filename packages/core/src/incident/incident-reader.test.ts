import { setImmediate } from 'node:timers/promises';
import { DatabaseTimeoutError } from '@incidents/db/unavailable';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { beforeAll, expect, test } from 'vitest';
import { createIncidentReader, type IncidentReader } from './incident-reader.ts';

const database = useTestDatabase();
let reader: IncidentReader;

beforeAll(async () => {
  await database.db.pool.query(`
    insert into incidents (text, description, status, source, created_at)
    select 'строка' || chr(10) || n, case when n = 7 then repeat('x', 10000) else 'описание' end,
      (array['новый', 'закрыт'])[1 + n % 2], 'operator', now() + n * interval '1 second'
    from generate_series(1, 30) as n`);
  reader = createIncidentReader(database.db.kysely);
});

async function readTexts({ status, skip, limit }: { status?: string; skip: number; limit: number }) {
  const page = await reader.readSmallPage({ filter: { status }, skip, limit });
  return page && JSON.parse(page.json.toString()).map(({ text }: { text: string }) => text.split('\n')[1]);
}

test('returns each of the pages that share a statement to its own caller', async () => {
  const pages = await Promise.all([
    readTexts({ skip: 0, limit: 2 }),
    readTexts({ skip: 28, limit: 5 }),
    readTexts({ skip: 30, limit: 5 }),
    readTexts({ skip: 3, limit: 0 }),
    readTexts({ status: 'закрыт', skip: 1, limit: 2 }),
    readTexts({ status: 'новый', skip: 0, limit: 1 }),
    readTexts({ skip: 20_000, limit: 2 }),
  ]);
  expect(pages).toEqual([['30', '29'], ['2', '1'], [], [], ['27', '25'], ['30'], []]);
});

test('returns undefined for a page with a large description, and the others of its statement', async () => {
  const pages = await Promise.all([readTexts({ skip: 20, limit: 5 }), readTexts({ skip: 0, limit: 1 })]);
  expect(pages).toEqual([undefined, ['30']]);
});

test('rejects pages that wait for a statement as early as those under way', async () => {
  const locking = await database.db.pool.connect();
  try {
    await locking.query('begin; lock table incidents in access exclusive mode');
    const pages: Promise<unknown>[] = [];
    for (let skip = 0; skip < 5; skip += 1) {
      pages.push(readTexts({ skip, limit: 1 }));
      await setImmediate();
      await setImmediate();
    }
    expect(await Promise.allSettled(pages)).toEqual(
      Array(5).fill({ status: 'rejected', reason: expect.any(DatabaseTimeoutError) }),
    );
  } finally {
    await locking.query('rollback');
    locking.release();
  }
});
