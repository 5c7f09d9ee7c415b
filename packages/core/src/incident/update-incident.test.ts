import { afterChange } from '@incidents/testing/fixtures/incidents';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { expect, test } from 'vitest';
import { IncidentNotFoundError } from '../errors.ts';
import { writeContext } from '../testing/write-context.ts';
import { createIncident } from './create-incident.ts';
import { getIncident } from './get-incident.ts';
import { listEvents } from './list-events.ts';
import { updateIncident } from './update-incident.ts';

const database = useTestDatabase();
const context = (requestId: string) => writeContext(database.db.kysely, requestId);

const create = () =>
  createIncident(context('create'), {
    text: 'т',
    description: 'о',
    status: 'новый',
    source: 'operator',
  }).then(({ incident }) => incident);

const jobsOf = async (requestId: string) => {
  const { rows } = await database.db.pool.query(
    `select task_identifier, payload ->> 'incident_id' as incident
     from graphile_worker.jobs join graphile_worker._private_jobs using (id) where payload ->> 'request_id' = $1
     order by task_identifier`,
    [requestId],
  );
  return rows;
};

test('a change of status queues its jobs with its request id, and adds an event', async () => {
  const before = await create();
  const after = await updateIncident(context('patch'), before.id, { status: 'закрыт' });
  expect(after).toEqual(afterChange(before, { status: 'закрыт' }));
  expect(await getIncident(context('get'), before.id)).toEqual(after);
  const incident = String(before.id);
  expect(await jobsOf('patch')).toEqual([
    { task_identifier: 'send_email_notification', incident },
    { task_identifier: 'send_telegram_notification', incident },
    { task_identifier: 'update_incident_statistics', incident },
  ]);
  const { events } = await listEvents(context('get'), before.id, { skip: 1, limit: 10 });
  expect(events).toMatchObject([
    {
      kind: 'updated',
      changes: { status: { from: 'новый', to: 'закрыт' } },
      actor: 'key:ADMIN_API_KEY',
      request_id: 'patch',
    },
  ]);
});

test('an empty change does not update the row', async () => {
  const before = await create();
  const version = async () =>
    (await database.db.pool.query('select xmin::text from incidents where id = $1', [before.id])).rows;
  const versionBefore = await version();
  expect(await updateIncident(context('empty'), before.id, {})).toEqual(before);
  expect(await version()).toEqual(versionBefore);
  expect(await jobsOf('empty')).toEqual([]);
});

test.each([{}, { status: 'закрыт' as const }])('an incident that does not exist: %s', async (changes) => {
  await expect(updateIncident(context('missing'), 999, changes)).rejects.toThrow(IncidentNotFoundError);
  await expect(getIncident(context('missing'), 999)).rejects.toMatchObject({ code: 'incident_not_found' });
  expect(await jobsOf('missing')).toEqual([]);
});
