import { Incident } from '@incidents/contracts';
import {
  catalog,
  sendEmailNotificationJob,
  sendTelegramNotificationJob,
  updateIncidentStatisticsJob,
} from '@incidents/jobs/catalog';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { expect, test } from 'vitest';
import { writeContext } from '../testing/write-context.ts';
import { createIncident } from './create-incident.ts';
import { listEvents } from './list-events.ts';

const database = useTestDatabase();

test('stores the incident, the first line of its history and its three jobs, each with the request it comes from', async () => {
  const input = {
    text: 'Бот молчит',
    description: 'с утра',
    status: 'в работе',
    source: 'operator',
  } as const;
  const incident = await createIncident(writeContext(database.db.kysely, 'request-1'), input).then(
    ({ incident }) => incident,
  );
  expect(Incident.parse(incident)).toEqual({ ...incident, ...input });

  const {
    events: [event],
  } = await listEvents({ db: database.db.kysely, actor: 'key:ADMIN_API_KEY', requestId: 'r' }, incident.id, {
    skip: 0,
    limit: 10,
  });
  expect(event).toMatchObject({
    incident_id: incident.id,
    kind: 'created',
    changes: {},
    actor: 'key:ADMIN_API_KEY',
    request_id: 'request-1',
  });

  const { rows } = await database.db.pool.query<{ name: keyof typeof catalog; payload: unknown }>(
    `select task_identifier as name, max_attempts, payload, run_at <= now() as now
     from graphile_worker.jobs join graphile_worker._private_jobs using (id, max_attempts, run_at)
     order by task_identifier`,
  );
  expect(rows).toEqual(
    [sendEmailNotificationJob, sendTelegramNotificationJob, updateIncidentStatisticsJob]
      .map(({ name, maxAttempts }) => ({
        name,
        max_attempts: maxAttempts,
        payload: { request_id: 'request-1', incident_id: incident.id, event_id: event?.id },
        now: true,
      }))
      .sort((a, b) => a.name.localeCompare(b.name)),
  );
  for (const { name, payload } of rows) expect(catalog[name].payload.parse(payload)).toEqual(payload);
});
