import { Incident } from '@incidents/contracts';
import { beforeEach, describe, expect, test } from 'vitest';
import { newIncident, useTestApp } from '../../testing/test-app.ts';

const { request, post, patch, database } = useTestApp();

let incident: Incident;

/** A new incident, and a queue that is empty. */
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

test("the seed's example: only the status changes", async () => {
  for (const path of [`/incidents/${incident.id}`, `/incidents/${incident.id}/`]) {
    const { status, body } = await patch(path, { status: 'в работе' });
    expect(status).toBe(200);
    expect(body).toEqual({ ...incident, status: 'в работе' });
  }
  expect((await request(`/incidents/${incident.id}`)).body).toEqual({ ...incident, status: 'в работе' });
});

test("the seed's 404", async () => {
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
/** Every subset of the fields, the empty one included. */
const subsets = Array.from({ length: 2 ** fields.length }, (_, bits) =>
  fields.filter((_, index) => bits & (1 << index)),
);

test.each(subsets.map((subset) => [subset.join(', ') || 'nothing', subset] as const))(
  'changes %s and leaves the rest',
  async (_, subset) => {
    const change = Object.fromEntries(subset.map((field) => [field, changes[field]]));
    const { status, body } = await patch(`/incidents/${incident.id}`, change);
    expect(status).toBe(200);
    expect(body).toEqual({ ...incident, ...change });
    expect((await request(`/incidents/${incident.id}`)).body).toEqual(body);
    expect(await queuedJobs()).toHaveLength(
      subset.includes('status') ? 3 : subset.includes('source') ? 1 : 0,
    );
  },
);

const statuses = ['новый', 'в работе', 'закрыт'];

test.each(statuses.flatMap((from) => statuses.map((to) => [from, to] as const)))(
  '%s may be followed by %s',
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
  ])('%o queues its jobs once each, with the id of the request', async (change) => {
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

  test('a change that is refused or finds nothing queues nothing', async () => {
    expect((await patch(`/incidents/${incident.id}`, { status: 'открыт' })).status).toBe(422);
    expect((await patch('/incidents/999999', { status: 'закрыт' })).status).toBe(404);
    expect(await queuedJobs()).toEqual([]);
  });
});

test.each(fields)('null as %s is refused, and nothing changes', async (field) => {
  const { status, body } = await patch(`/incidents/${incident.id}`, { ...changes, [field]: null });
  expect(status).toBe(422);
  expect(body).toMatchObject({ errors: [{ path: `body.${field}` }] });
  expect((await request(`/incidents/${incident.id}`)).body).toEqual(incident);
});

test('id and created_at in the body are ignored', async () => {
  const { status, body } = await patch(`/incidents/${incident.id}`, {
    id: 1_000_000,
    created_at: '1999-01-01T00:00:00Z',
    text: 'другой',
  });
  expect(status).toBe(200);
  expect(body).toEqual({ ...incident, text: 'другой' });
});

test('path and body are refused together', async () => {
  const { status, body } = await patch('/incidents/abc', { text: '', status: 1 });
  expect(status).toBe(422);
  expect(body).toMatchObject({
    errors: [{ path: 'path.id' }, { path: 'body.text' }, { path: 'body.status' }],
  });
});

test('fifty at once each change their own field of one incident', async () => {
  const replies = await Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      patch(`/incidents/${incident.id}`, index % 2 ? { text: `текст ${index}` } : { source: `от ${index}` }),
    ),
  );
  expect(replies.every(({ status }) => status === 200)).toBe(true);
  const now = Incident.parse((await request(`/incidents/${incident.id}`)).body);
  expect(now.text).toMatch(/^текст \d+$/);
  expect(now.source).toMatch(/^от \d+$/);
  expect(await queuedJobs()).toHaveLength(25);
});
