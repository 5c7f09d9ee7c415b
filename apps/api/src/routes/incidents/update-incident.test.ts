import { Incident } from '@incidents/contracts';
import { afterChange } from '@incidents/testing/fixtures/incidents';
import { beforeEach, describe, expect, test } from 'vitest';
import { newIncident, useTestApp } from '../../testing/test-app.ts';

const { request, post, patch, database } = useTestApp();

let incident: Incident;

beforeEach(async () => {
  incident = Incident.parse((await post('/incidents/', newIncident)).body);
  await database.db.pool.query('delete from graphile_worker._private_jobs');
});

const queuedJobs = async () => {
  const { rows } = await database.db.pool.query<{ task: string; payload: object }>(
    `select tasks.identifier as task, jobs.payload from graphile_worker._private_jobs as jobs
     join graphile_worker._private_tasks as tasks on tasks.id = jobs.task_id
     order by task`,
  );
  return rows;
};

describe('PATCH /incidents/{id}', () => {
  test('changes only the status in the example of the legacy service', async () => {
    const changed = afterChange(incident, { status: 'в работе' });
    for (const path of [`/incidents/${incident.id}`, `/incidents/${incident.id}/`]) {
      const { status, body } = await patch(path, { status: 'в работе' });
      expect(status).toBe(200);
      expect(body).toEqual(changed);
    }
    expect((await request(`/incidents/${incident.id}`)).body).toEqual(changed);
  });

  test('answers 404 as the legacy service', async () => {
    const { status, body } = await patch('/incidents/999999', { status: 'в работе' });
    expect(status).toBe(404);
    expect(body).toMatchObject({ detail: 'Инцидент не найден', instance: '/incidents/999999' });
    expect((await patch('/incidents/999999', {})).status).toBe(404);
    expect((await patch(`/incidents/${2 ** 63}`, { status: 'в работе' })).status).toBe(404);
  });

  const changes = {
    text: 'Другой текст',
    description: 'Другое описание',
    status: 'закрыт',
    source: 'monitoring',
  } as const;
  const fields = ['text', 'description', 'status', 'source'] as const;
  const subsets = Array.from({ length: 2 ** fields.length }, (_, bits) =>
    fields.filter((_, index) => bits & (1 << index)),
  );

  test.each(subsets.map((subset) => [subset.join(', ') || 'nothing', subset] as const))(
    'changes %s alone',
    async (_, subset) => {
      const change = Object.fromEntries(subset.map((field) => [field, changes[field]]));
      const { status, body } = await patch(`/incidents/${incident.id}`, change);
      expect(status).toBe(200);
      expect(body).toEqual(afterChange(incident, change));
      expect((await request(`/incidents/${incident.id}`)).body).toEqual(body);
      expect(await queuedJobs()).toHaveLength(
        subset.includes('status') ? 3 : subset.includes('source') ? 1 : 0,
      );
    },
  );

  const statuses = ['новый', 'в работе', 'закрыт'];

  test.each(statuses.flatMap((from) => statuses.map((to) => [from, to] as const)))(
    'changes the status from %s to %s',
    async (from, to) => {
      await patch(`/incidents/${incident.id}`, { status: from });
      const { status, body } = await patch(`/incidents/${incident.id}`, { status: to });
      expect(status).toBe(200);
      expect(body).toMatchObject({ status: to });
    },
  );

  describe('jobs', () => {
    test.each([
      { status: 'закрыт' },
      { source: 'partner' },
      { status: 'закрыт', source: 'partner', text: 'и текст' },
    ])('%o queues each job once, with the request id', async (change) => {
      await patch(`/incidents/${incident.id}`, change, { 'X-Request-Id': 'client-9' });
      const payload = { incident_id: incident.id, event_id: expect.any(Number), request_id: 'client-9' };
      const told = ['send_email_notification', 'send_telegram_notification'];
      const tasks = [...('status' in change ? told : []), 'update_incident_statistics'];
      expect(await queuedJobs()).toEqual(tasks.map((task) => ({ task, payload })));
    });

    test.each([
      {},
      { text: 'другой' },
      { description: 'другое' },
      { status: newIncident.status },
      { status: newIncident.status, source: newIncident.source, text: 'другой' },
      { unknown: 'field' },
    ])('%o queues nothing', async (change) => {
      expect((await patch(`/incidents/${incident.id}`, change)).status).toBe(200);
      expect(await queuedJobs()).toEqual([]);
    });

    test('are not queued by a refused change or a 404', async () => {
      expect((await patch(`/incidents/${incident.id}`, { status: 'открыт' })).status).toBe(422);
      expect((await patch('/incidents/999999', { status: 'закрыт' })).status).toBe(404);
      expect(await queuedJobs()).toEqual([]);
    });
  });

  test.each(fields)('refuses null as %s', async (field) => {
    const { status, body } = await patch(`/incidents/${incident.id}`, { ...changes, [field]: null });
    expect(status).toBe(422);
    expect(body).toMatchObject({ errors: [{ path: `body.${field}` }] });
    expect((await request(`/incidents/${incident.id}`)).body).toEqual(incident);
  });

  test('ignores id and created_at in the body', async () => {
    const { status, body } = await patch(`/incidents/${incident.id}`, {
      id: 1_000_000,
      created_at: '1999-01-01T00:00:00Z',
      text: 'другой',
    });
    expect(status).toBe(200);
    expect(body).toEqual(afterChange(incident, { text: 'другой' }));
  });

  test('lists refused fields of path and body together', async () => {
    const { status, body } = await patch('/incidents/abc', { text: '', status: 1 });
    expect(status).toBe(422);
    expect(body).toMatchObject({
      errors: [{ path: 'path.id' }, { path: 'body.text' }, { path: 'body.status' }],
    });
  });

  test('merges 50 concurrent changes of one incident', async () => {
    const replies = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        patch(
          `/incidents/${incident.id}`,
          index % 2 ? { text: `текст ${index}` } : { source: `от ${index}` },
        ),
      ),
    );
    expect(replies.every(({ status }) => status === 200)).toBe(true);
    const now = Incident.parse((await request(`/incidents/${incident.id}`)).body);
    expect(now.text).toMatch(/^текст \d+$/);
    expect(now.source).toMatch(/^от \d+$/);
    expect(now.version).toBe(incident.version + 50);
    expect(await queuedJobs()).toHaveLength(25);
  });
});
