import { Incident } from '@incidents/contracts';
import { unreportedFields } from '@incidents/testing/fixtures/incidents';
import { describe, expect, test } from 'vitest';
import { newIncident, useTestApp } from '../../testing/test-app.ts';

const { request, post, database } = useTestApp();

const queuedJobs = async (incidentId: number) => {
  const { rows } = await database.db.pool.query<{ task: string; payload: object }>(
    `select tasks.identifier as task, jobs.payload from graphile_worker._private_jobs as jobs
     join graphile_worker._private_tasks as tasks on tasks.id = jobs.task_id
     where (jobs.payload ->> 'incident_id')::bigint = $1 order by task`,
    [incidentId],
  );
  return rows;
};

describe('POST /incidents/', () => {
  test('answers 201 to the example of the legacy service', async () => {
    const { status, headers, body } = await post('/incidents/', newIncident);
    expect(status).toBe(201);
    expect(headers.get('content-type')).toBe('application/json');
    const { created_at } = Incident.parse(body);
    expect(created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(body).toEqual({
      id: expect.any(Number),
      ...newIncident,
      created_at,
      ...unreportedFields(created_at),
    });
  });

  test('answers alike without the trailing slash', async () => {
    const { status, body } = await post('/incidents', newIncident);
    expect(status).toBe(201);
    expect(body).toMatchObject(newIncident);
  });

  test('assigns increasing ids and the current time', async () => {
    const first = Incident.parse((await post('/incidents/', newIncident)).body);
    const second = Incident.parse((await post('/incidents/', newIncident)).body);
    expect(first.id).toBeGreaterThan(0);
    expect(second.id).toBeGreaterThan(first.id);
    expect(Math.abs(Date.parse(second.created_at) - Date.now())).toBeLessThan(60_000);
  });

  test('defaults the status to новый', async () => {
    const { status: _, ...withoutStatus } = newIncident;
    expect((await post('/incidents/', withoutStatus)).body).toMatchObject({ status: 'новый' });
    expect((await post('/incidents/', { ...newIncident, status: 'закрыт' })).body).toMatchObject({
      status: 'закрыт',
    });
  });

  test('accepts a source of 1 to 100 characters', async () => {
    const source = 'ж'.repeat(100);
    expect((await post('/incidents/', { ...newIncident, source })).body).toMatchObject({ source });
    expect((await post('/incidents/', { ...newIncident, source: 'ж'.repeat(101) })).status).toBe(422);
  });

  test('ignores unknown fields, id and created_at', async () => {
    const { status, body } = await post('/incidents/', {
      ...newIncident,
      id: 999_999,
      created_at: '1999-01-01T00:00:00Z',
      severity: null,
    });
    expect(status).toBe(201);
    expect(Incident.parse(body).id).not.toBe(999_999);
    expect(Incident.parse(body).created_at).not.toMatch(/^1999/);
  });

  test('lists every refused field', async () => {
    const { status, body } = await post('/incidents/', { text: '', status: 'открыт', source: null });
    expect(status).toBe(422);
    expect(body).toMatchObject({
      errors: [
        { path: 'body.text', code: 'too_small', message: 'длина не меньше 1' },
        { path: 'body.description', code: 'required', message: 'обязательное поле' },
        {
          path: 'body.status',
          code: 'invalid_value',
          message: 'допустимые значения: новый, в работе, закрыт',
        },
        { path: 'body.source', code: 'invalid_type', message: 'ожидается строка' },
      ],
    });
    expect(body).toMatchObject({
      detail:
        'Запрос не прошёл проверку: body.text: длина не меньше 1; body.description: обязательное поле; ' +
        'body.status: допустимые значения: новый, в работе, закрыт; …',
    });
  });

  test('stores no incident and queues no job for a refused request', async () => {
    const count = async () => {
      const { rows } = await database.db.pool.query(
        `select (select count(*) from incidents) as incidents,
         (select count(*) from graphile_worker._private_jobs) as jobs`,
      );
      return rows[0];
    };
    const before = await count();
    expect((await post('/incidents/', { ...newIncident, text: '' })).status).toBe(422);
    expect(await count()).toEqual(before);
  });

  describe('jobs', () => {
    test('are three, with the ids of the incident and the request', async () => {
      const { body } = await post('/incidents/', newIncident, { 'X-Request-Id': 'client-7' });
      const { id } = Incident.parse(body);
      const payload = { incident_id: id, event_id: expect.any(Number), request_id: 'client-7' };
      expect(await queuedJobs(id)).toEqual([
        { task: 'send_email_notification', payload },
        { task: 'send_telegram_notification', payload },
        { task: 'update_incident_statistics', payload },
      ]);
    });

    test('have the request id of the reply when the request has none', async () => {
      const { body, headers } = await post('/incidents/', newIncident);
      const jobs = await queuedJobs(Incident.parse(body).id);
      expect(jobs).toHaveLength(3);
      for (const { payload } of jobs) {
        expect(payload).toMatchObject({ request_id: headers.get('x-request-id') });
      }
    });
  });

  test('stores each of 100 concurrent incidents once, with three jobs', async () => {
    const before = await database.db.pool.query('select count(*) as count from incidents');
    const replies = await Promise.all(
      Array.from({ length: 100 }, (_, index) => post('/incidents', { ...newIncident, text: `№ ${index}` })),
    );
    const ids = replies.map(({ body }) => Incident.parse(body).id);
    expect(new Set(ids).size).toBe(100);
    const after = await database.db.pool.query('select count(*) as count from incidents');
    expect(after.rows[0].count - before.rows[0].count).toBe(100);
    const jobs = await database.db.pool.query(
      `select payload ->> 'incident_id' as id, count(*) as jobs from graphile_worker._private_jobs
     where (payload ->> 'incident_id')::bigint = any($1) group by 1`,
      [ids],
    );
    expect(jobs.rows).toHaveLength(100);
    expect(jobs.rows.every((row) => row.jobs === 3)).toBe(true);
  });

  test('makes the incident readable', async () => {
    const created = Incident.parse((await post('/incidents/', newIncident)).body);
    expect((await request(`/incidents/${created.id}`)).body).toEqual(created);
  });
});
