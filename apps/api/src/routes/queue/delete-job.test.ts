import { type Delivery, DeliveryList } from '@incidents/contracts';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { insertDelivery } from '../../testing/deliveries.ts';
import { jobsIn } from '../../testing/jobs.ts';
import { newIncident, useTestApp } from '../../testing/test-app.ts';

const { request, post, database } = useTestApp();
const jobs = jobsIn(database);

let incidentId: number;

beforeEach(async () => {
  incidentId = ((await post('/incidents/', newIncident)).body as { id: number }).id;
  await jobs.clear();
});

const remove = (id: number | string) => request(`/jobs/${id}`, { method: 'DELETE' });
const insert = (fields: Partial<Delivery> = {}) =>
  insertDelivery(database, { incident_id: incidentId, ...fields });
const statesOf = async () => {
  const { body } = await request(`/incidents/${incidentId}/deliveries`);
  return Object.fromEntries(DeliveryList.parse(body).map(({ id, state }) => [id, state]));
};

describe('DELETE /jobs/{id}', () => {
  test.each(['', '/'])('deletes a waiting job (path ends with "%s")', async (slash) => {
    const other = await jobs.insert();
    const idle = [await jobs.insert(), await jobs.insert({ due_in: 60 }), await jobs.insertFailed()];
    for (const id of idle) {
      const { status, body } = await request(`/jobs/${id}${slash}`, { method: 'DELETE' });
      expect(status).toBe(200);
      expect(body).toEqual({ jobs: 1 });
      expect((await remove(id)).status).toBe(404);
    }
    expect(await jobs.ids()).toEqual([other]);
  });

  test('answers 409 for a running or finished job', async () => {
    const running = await jobs.insert({ attempts: 1, locked_by: 'pool-1' });
    await jobs.recordRun({ jobId: 4_100 });
    for (const id of [running, 4_100]) expect((await remove(id)).status).toBe(409);
    expect(await jobs.ids()).toEqual([running]);
  });

  test('answers 404 for an unknown id and a heartbeat', async () => {
    const heartbeat = await jobs.insert({ task: 'heartbeat:1' });
    for (const id of [heartbeat, 999_999, 0, '9223372036854775808'])
      expect((await remove(id)).status).toBe(404);
    expect(await jobs.ids()).toEqual([heartbeat]);
  });

  test('answers 409 for a job that a worker takes meanwhile', async () => {
    const id = await jobs.insert();
    const worker = await database.db.pool.connect();
    onTestFinished(() => worker.release(true));
    await worker.query('begin');
    await worker.query(
      `update graphile_worker._private_jobs set locked_at = now(), locked_by = 'pool-1' where id = $1`,
      [id],
    );
    const reply = remove(id);
    await worker.query('commit');
    expect((await reply).status).toBe(409);
    expect(await jobs.ids()).toEqual([id]);
  });

  test.each([
    ['deliver', (delivery_id: number) => ({ delivery_id, incident_id: incidentId, request_id: 'r' })],
    ['deliver', (delivery_id: number) => ({ delivery_id: String(delivery_id) })],
    ['deliver', () => [1]],
    ['deliver', () => null],
    ['send_digest', () => ({ channel: 'email', recipient: 'a@example.com', request_id: 'r' })],
    ['send_digest', () => ({ channel: 'pigeon', recipient: 'x', request_id: 'r' })],
    ['no_such_task', () => 'text'],
  ])('deletes a job of %s without changing deliveries', async (task, payloadOf) => {
    const delivery = await insert({ digest: true });
    expect((await remove(await jobs.insert({ task, payload: payloadOf(delivery) }))).status).toBe(200);
    expect(await statesOf()).toEqual({ [delivery]: 'pending' });
    expect(await jobs.ids()).toEqual([]);
  });
});
