import { Statistics } from '@incidents/contracts';
import { createIncident } from '@incidents/core/incident/create-incident';
import { createIncidentWriter } from '@incidents/core/incident/incident-writer';
import { updateIncident } from '@incidents/core/incident/update-incident';
import { getStatistics } from '@incidents/core/statistics/get-statistics';
import { defaultPolicy } from '@incidents/testing/fixtures/incidents';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { beforeEach, expect, test } from 'vitest';
import { updateStatistics } from './update-statistics.ts';

const database = useTestDatabase();
const context = {
  get db() {
    return database.db.kysely;
  },
  get incidentWriter() {
    return createIncidentWriter(database.db.kysely, defaultPolicy);
  },
  actor: 'key:ADMIN_API_KEY' as const,
  requestId: 'r',
};

beforeEach(() => database.db.pool.query('truncate incidents'));

test('counts zero for the three statuses without incidents', async () => {
  expect(await updateStatistics(context)).toEqual({ taken: 0, undated: 0 });
  const statistics = Statistics.parse(await getStatistics(context));
  expect(statistics).toMatchObject({
    total: 0,
    by_status: { новый: 0, 'в работе': 0, закрыт: 0 },
    by_source: {},
  });
});

test('counts all changes; a second call changes nothing', async () => {
  const { id } = await createIncident(context, {
    text: 'т',
    description: 'о',
    status: 'новый',
    source: 'operator',
  }).then(({ incident }) => incident);
  await createIncident(context, { text: 'т', description: 'о', status: 'новый', source: 'partner' }).then(
    ({ incident }) => incident,
  );
  await updateIncident(context, id, { status: 'закрыт' });
  expect((await getStatistics(context)).total).toBe(0);

  expect((await updateStatistics(context)).taken).toBeGreaterThan(0);
  const statistics = Statistics.parse(await getStatistics(context));
  expect(statistics).toMatchObject({
    total: 2,
    by_status: { новый: 1, 'в работе': 0, закрыт: 1 },
    by_source: { operator: 1, partner: 1 },
  });
  expect(statistics.by_day.at(-1)?.incidents).toBe(2);

  expect(await updateStatistics(context)).toEqual({ taken: 0, undated: 0 });
  expect(await getStatistics(context)).toEqual(statistics);
});

test('counts more changes than one statement takes', async () => {
  // Every source of its own is a change of its own.
  await database.db.pool.query(
    `insert into incidents (text, description, source) select 'т', 'о', 'source ' || n from generate_series(1, 10500) as n`,
  );
  expect(await updateStatistics(context)).toEqual({ taken: 10_500, undated: 0 });
  const statistics = await getStatistics(context);
  expect(statistics.total).toBe(10_500);
  expect(Object.keys(statistics.by_source)).toHaveLength(50);
  expect(statistics.by_source_other).toBe(10_450);
});
