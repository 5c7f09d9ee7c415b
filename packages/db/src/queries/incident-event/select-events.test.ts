import { changeIncident, someIncident, storeIncident } from '@incidents/testing/fixtures/incidents';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { expect, test } from 'vitest';
import { selectEvents } from './select-events.ts';

const database = useTestDatabase();
const everything = { skip: 0, limit: 100 };

const insert = () =>
  storeIncident(database.db.kysely, someIncident(), { actor: 'operator', requestId: 'create' }, []);
const update = (id: number, changes: Parameters<typeof changeIncident>[2], requestId = 'change') =>
  changeIncident(database.db.kysely, id, changes, { actor: 'duty', requestId }, []);
const historyOf = (id: number) => selectEvents(database.db.kysely, id, everything);

test('a history begins with the creation and its actor', async () => {
  const { id, created_at } = await insert();
  expect(await historyOf(id)).toEqual([
    {
      id: expect.any(Number),
      incident_id: id,
      kind: 'created',
      changes: {},
      comment: null,
      actor: 'operator',
      request_id: 'create',
      at: created_at,
    },
  ]);
});

test('an event has the old and new value of each changed field', async () => {
  const { id } = await insert();
  await insert();
  await update(id, { status: 'закрыт', source: 'partner', text: 'Бот не отвечает' });
  await update(id, { text: '"кавычки" \\ и\nстрока', description: 'другое' }, 'second');
  expect((await historyOf(id)).slice(1)).toEqual([
    {
      id: expect.any(Number),
      incident_id: id,
      kind: 'updated',
      changes: {
        status: { from: 'новый', to: 'закрыт' },
        source: { from: 'operator', to: 'partner' },
      },
      comment: null,
      actor: 'duty',
      request_id: 'change',
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    },
    expect.objectContaining({
      request_id: 'second',
      changes: {
        text: { from: 'Бот не отвечает', to: '"кавычки" \\ и\nстрока' },
        description: { from: 'с утра', to: 'другое' },
      },
    }),
  ]);
});

test('an update without a change, or of an unknown incident, inserts no event', async () => {
  const { id } = await insert();
  await update(id, { status: 'новый' });
  await update(id, {});
  await update(999_999, { status: 'закрыт' });
  expect(await historyOf(id)).toHaveLength(1);
  expect(await historyOf(999_999)).toEqual([]);
});

test('an update that is rolled back inserts no event', async () => {
  const { id } = await insert();
  const aborted = database.db.kysely.transaction().execute(async (transaction) => {
    await changeIncident(transaction, id, { status: 'закрыт' }, { actor: 'duty', requestId: 'r' }, []);
    throw new Error('taken back');
  });
  await expect(aborted).rejects.toThrow('taken back');
  expect(await historyOf(id)).toHaveLength(1);
});

test('selectEvents returns pages from the beginning on', async () => {
  const { id } = await insert();
  for (const status of ['в работе', 'закрыт', 'новый']) await update(id, { status });
  const all = await historyOf(id);
  const page = (skip: number, limit: number) => selectEvents(database.db.kysely, id, { skip, limit });
  expect(all).toHaveLength(4);
  expect(await page(0, 2)).toEqual(all.slice(0, 2));
  expect(await page(2, 2)).toEqual(all.slice(2));
  expect(await page(4, 2)).toEqual([]);
});

test('selectEvents returns the page after an event in both orders', async () => {
  const { id } = await insert();
  for (const status of ['в работе', 'закрыт', 'новый']) await update(id, { status });
  const all = await historyOf(id);
  const page = (order: 'oldest' | 'newest', after: number | undefined) =>
    selectEvents(database.db.kysely, id, { order, ...(after && { after }), skip: 0, limit: 2 });
  expect(await page('oldest', all[1]?.id)).toEqual(all.slice(2));
  expect(await page('newest', undefined)).toEqual([all[3], all[2]]);
  expect(await page('newest', all[2]?.id)).toEqual([all[1], all[0]]);
});
