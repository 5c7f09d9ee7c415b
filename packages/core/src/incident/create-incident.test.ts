import { Incident } from '@incidents/contracts';
import { useTestDatabase } from '@incidents/db/testing/test-database';
import { catalog } from '@incidents/jobs/catalog';
import { expect, test } from 'vitest';
import { createIncident } from './create-incident.ts';

const database = useTestDatabase();

test('stores the incident and queues a job of every kind, each with the request it comes from', async () => {
  const input = {
    text: 'Бот молчит',
    description: 'с утра',
    status: 'в работе',
    source: 'operator',
  } as const;
  const incident = await createIncident({ db: database.db.kysely, requestId: 'request-1' }, input);
  expect(Incident.parse(incident)).toEqual({ ...incident, ...input });

  const { rows } = await database.db.pool.query<{ name: keyof typeof catalog; payload: unknown }>(
    `select task_identifier as name, max_attempts, payload, run_at <= now() as now
     from graphile_worker.jobs join graphile_worker._private_jobs using (id, max_attempts, run_at)
     order by task_identifier`,
  );
  expect(rows).toEqual(
    Object.values(catalog)
      .map(({ name, maxAttempts }) => ({
        name,
        max_attempts: maxAttempts,
        payload: { request_id: 'request-1', incident_id: incident.id },
        now: true,
      }))
      .sort((a, b) => a.name.localeCompare(b.name)),
  );
  for (const { name, payload } of rows) expect(catalog[name].payload.parse(payload)).toEqual(payload);
});
