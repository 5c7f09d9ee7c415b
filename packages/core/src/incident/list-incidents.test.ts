import { defaultPolicy } from '@incidents/testing/fixtures/incidents';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { beforeAll, expect, test } from 'vitest';
import { createIncident } from './create-incident.ts';
import { createIncidentReader } from './incident-reader.ts';
import { createIncidentWriter } from './incident-writer.ts';
import { listIncidents } from './list-incidents.ts';

const database = useTestDatabase();
const context = {
  get db() {
    return database.db.kysely;
  },
  get incidentReader() {
    return createIncidentReader(database.db.kysely);
  },
  get incidentWriter() {
    return createIncidentWriter(database.db.kysely, defaultPolicy);
  },
  actor: 'key:ADMIN_API_KEY' as const,
  requestId: 'r',
};

beforeAll(async () => {
  for (const status of ['новый', 'закрыт', 'новый', 'закрыт', 'новый'] as const) {
    await createIncident(context, { text: 'т', description: 'о', status, source: 'operator' });
  }
});

test.each([
  { query: { skip: 0, limit: 100, filter: {} }, ids: [5, 4, 3, 2, 1], hasMore: false, total: 5 },
  { query: { skip: 0, limit: 5, filter: {} }, ids: [5, 4, 3, 2, 1], hasMore: false, total: 5 },
  { query: { skip: 0, limit: 4, filter: {} }, ids: [5, 4, 3, 2], hasMore: true, total: 5 },
  { query: { skip: 3, limit: 2, filter: {} }, ids: [2, 1], hasMore: false, total: 5 },
  { query: { skip: 2, limit: 2, filter: {} }, ids: [3, 2], hasMore: true, total: 5 },
  { query: { skip: 5, limit: 2, filter: {} }, ids: [], hasMore: false, total: 5 },
  { query: { skip: 0, limit: 0, filter: {} }, ids: [], hasMore: false, total: 5 },
  { query: { skip: 0, limit: 2, filter: { status: 'новый' } }, ids: [5, 3], hasMore: true, total: 3 },
  { query: { skip: 2, limit: 2, filter: { status: 'новый' } }, ids: [1], hasMore: false, total: 3 },
  { query: { skip: 0, limit: 2, filter: { status: 'в работе' } }, ids: [], hasMore: false, total: 0 },
  { query: { skip: 0, limit: 2, filter: { status: 'что-то' } }, ids: [], hasMore: false, total: 0 },
])('$query', async ({ query, ids, hasMore, total }) => {
  const listing = await listIncidents(context, query, { countTotal: true });
  if ('rest' in listing.page) throw new Error('expected a whole page');
  expect(JSON.parse(listing.page.json.toString()).map(({ id }: { id: number }) => id)).toEqual(ids);
  expect(listing).toMatchObject({ hasMore, total });
  expect((await listIncidents(context, query, { countTotal: false })).total).toBeUndefined();
});

test('a page above the limit of small pages has the same bytes and versions', async () => {
  const [small, large] = await Promise.all(
    [128, 129].map((limit) => listIncidents(context, { skip: 0, limit, filter: {} }, { countTotal: false })),
  );
  expect(small).toMatchObject({ versions: '5.1,4.1,3.1,2.1,1.1' });
  expect(small).toEqual(large);
});
