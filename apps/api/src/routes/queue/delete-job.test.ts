import { type Delivery, DeliveryList, type DeliveryState } from '@incidents/contracts';
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
const deliverJob = (delivery_id: number, fields = {}) =>
  jobs.insert({ payload: { delivery_id, incident_id: incidentId, request_id: 'r' }, ...fields });

test.each(['', '/'])('a job that nobody runs is gone (%s at the end)', async (slash) => {
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

test('one that is running or done: 409, and it stays', async () => {
  const running = await jobs.insert({ attempts: 1, locked_by: 'pool-1' });
  await jobs.recordRun({ jobId: 4_100 });
  for (const id of [running, 4_100]) expect((await remove(id)).status).toBe(409);
  expect(await jobs.ids()).toEqual([running]);
});

test('unknown, a heartbeat, an id that no job has: 404', async () => {
  const heartbeat = await jobs.insert({ task: 'heartbeat:1' });
  for (const id of [heartbeat, 999_999, 0, '9223372036854775808'])
    expect((await remove(id)).status).toBe(404);
  expect(await jobs.ids()).toEqual([heartbeat]);
});

test('one that a worker takes at that moment: 409, and its delivery stays', async () => {
  const delivery = await insert();
  const id = await deliverJob(delivery);
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
  expect(await statesOf()).toEqual({ [delivery]: 'pending' });
});

describe('what it was to send', () => {
  test.each<[DeliveryState, DeliveryState]>([
    ['pending', 'skipped'],
    ['sending', 'skipped'],
    ['sent', 'sent'],
    ['failed', 'failed'],
    ['skipped', 'skipped'],
  ])('one that is %s is %s', async (state, expected) => {
    const delivery = await insert({ state, last_error: 'before', next_attempt_at: null });
    const other = await insert();
    await remove(await deliverJob(delivery));
    expect(await statesOf()).toEqual({ [delivery]: expected, [other]: 'pending' });
    const { body } = await request(`/incidents/${incidentId}/deliveries`);
    const ended = ['pending', 'sending'].includes(state);
    expect(DeliveryList.parse(body)[0]).toMatchObject({
      last_error: ended ? 'its job was deleted from the queue' : 'before',
      next_attempt_at: null,
    });
  });

  test('of a digest: all that has gathered for its recipient, and nothing else', async () => {
    const gathered = {
      channel: 'telegram',
      transport: 'telegram',
      recipient: '-100:5',
      digest: true,
    } as const;
    const ids = [await insert(gathered), await insert({ ...gathered, event_id: 2, state: 'sending' })];
    const others = [
      await insert({ ...gathered, event_id: 3, digest: false }),
      await insert({ ...gathered, event_id: 4, recipient: '-100:6' }),
      await insert({ ...gathered, event_id: 5, channel: 'email' }),
      await insert({ ...gathered, event_id: 6, state: 'sent' }),
    ];
    const before = await statesOf();
    const payload = { channel: 'telegram', recipient: '-100:5', request_id: 'r' };
    await remove(await jobs.insert({ task: 'send_digest', payload }));
    const after = await statesOf();
    for (const id of ids) expect(after[id]).toBe('skipped');
    for (const id of others) expect(after[id]).toBe(before[id]);
  });

  test.each([
    ['deliver', { delivery_id: '1' }],
    ['deliver', { delivery_id: 1.5, incident_id: 1, request_id: 'r' }],
    ['deliver', { delivery_id: 1e300, incident_id: 1, request_id: 'r' }],
    ['deliver', [1]],
    ['deliver', null],
    ['send_digest', { channel: 'pigeon', recipient: 'x', request_id: 'r' }],
    ['update_incident_statistics', { delivery_id: 1, incident_id: 1, request_id: 'r' }],
    ['no_such_task', 'text'],
  ])('a job of %s with a payload of %j is deleted, and no delivery with it', async (task, payload) => {
    const delivery = await insert({ digest: true });
    expect((await remove(await jobs.insert({ task, payload }))).status).toBe(200);
    expect(await statesOf()).toEqual({ [delivery]: 'pending' });
    expect(await jobs.ids()).toEqual([]);
  });
});
