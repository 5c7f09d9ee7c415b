import { expect, test } from 'vitest';
import { useTestDatabase } from '../testing/test-database.ts';
import { insertIncident } from './insert-incident.ts';

const database = useTestDatabase();

test('stores the incident and queues its jobs', async () => {
  const incident = await insertIncident(
    database.db.kysely,
    { text: 'Бот молчит', description: 'с утра', status: 'новый', source: 'operator' },
    [{ identifier: 'some_task', payload: { request_id: 'r1' }, max_attempts: 7 }],
  );
  expect(incident).toEqual({
    id: 1,
    text: 'Бот молчит',
    description: 'с утра',
    status: 'новый',
    source: 'operator',
    created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
  });
  const { rows } = await database.db.pool.query(
    `select task_identifier, max_attempts, attempts from graphile_worker.jobs`,
  );
  expect(rows).toEqual([{ task_identifier: 'some_task', max_attempts: 7, attempts: 0 }]);
});
