import { insertDeliveries } from '@incidents/db/queries/insert-deliveries';
import { findDelivery } from '@incidents/db/queries/list-deliveries';
import {
  forgetDeliveries,
  plan,
  someChange,
  someDelivery,
  waitingJobs,
} from '@incidents/db/testing/deliveries';
import { eventually } from '@incidents/db/testing/eventually';
import { useTestDatabase } from '@incidents/db/testing/test-database';
import { THIS_POOL } from '@incidents/db/testing/worker-pools';
import { beforeEach, describe, expect, test } from 'vitest';
import { DeliveryNotFailed, DeliveryNotFound } from '../errors.ts';
import type { Outcome } from './channel.ts';
import { deliver } from './deliver.ts';
import { retryDelivery } from './retry-delivery.ts';
import { type ScriptedChannel, scriptedChannel } from './testing/scripted-channel.ts';

const database = useTestDatabase();
const context = {
  get db() {
    return database.db.kysely;
  },
  actor: 'worker',
  requestId: 'r',
};
const signal = new AbortController().signal;

beforeEach(() => forgetDeliveries(database.db));

const run = (id: number, channel: ScriptedChannel, maxAgeSeconds = 86_400) =>
  deliver(context, id, { incidentId: 1, poolId: THIS_POOL, channelOf: () => channel, maxAgeSeconds, signal });
const find = (id: number) => findDelivery(database.db.kysely, id);
/** As if the time of the next attempt had come, without its job. */
const makeDue = () =>
  database.db.pool.query(`update deliveries set next_attempt_at = now() where state = 'pending'`);

test('the channel gets the incident as it is now, and what it is about', async () => {
  const { id, incident_id, event_id } = await someDelivery(database.db);
  await database.db.pool.query(`update incidents set status = 'закрыт', text = 'уже всё'`);
  const channel = scriptedChannel();
  expect(await run(id, channel)).toEqual({ state: 'sent' });
  expect(channel.notices).toEqual([
    {
      deliveryId: id,
      recipient: 'duty@example.com',
      incident: expect.objectContaining({ id: incident_id, status: 'закрыт', text: 'уже всё' }),
      event: { id: event_id, kind: 'created' },
    },
  ]);
  expect(await find(id)).toMatchObject({ state: 'sent', attempts: 1, provider_message_id: 'm-1' });
});

test('a change is told as one, and leaves by the way it was planned for', async () => {
  const event = await someChange(database.db);
  await insertDeliveries(
    database.db.kysely,
    plan(event, { channel: 'telegram', transport: 'log', recipients: ['7'] }),
  );
  const channel = scriptedChannel();
  const asked: unknown[] = [];
  await deliver(context, 1, {
    incidentId: 1,
    poolId: THIS_POOL,
    channelOf(delivery) {
      asked.push({ channel: delivery.channel, transport: delivery.transport });
      return channel;
    },
    maxAgeSeconds: 60,
    signal,
  });
  expect(asked).toEqual([{ channel: 'telegram', transport: 'log' }]);
  expect(channel.notices).toMatchObject([{ event: { kind: 'updated' } }]);
});

test('run again after it was sent, nothing is sent', async () => {
  const { id } = await someDelivery(database.db);
  const channel = scriptedChannel();
  await run(id, channel);
  const before = await find(id);
  expect(await run(id, channel)).toBeUndefined();
  expect(channel.notices).toHaveLength(1);
  expect(await find(id)).toEqual(before);
});

test('run again before the next attempt is due, nothing is sent, and the one job of that attempt waits', async () => {
  const { id } = await someDelivery(database.db);
  await database.db.pool.query('truncate graphile_worker._private_jobs');
  const channel = scriptedChannel(() => ({ kind: 'retry', error: 'busy' }));
  await run(id, channel);
  const [before] = await waitingJobs(database.db);
  expect(before).toMatchObject({ task: 'deliver', payload: { delivery_id: id } });
  expect(await run(id, channel)).toBeUndefined();
  expect(channel.notices).toHaveLength(1);
  const [after, ...others] = await waitingJobs(database.db);
  expect(others).toEqual([]);
  expect(after?.in).toBeLessThanOrEqual(before?.in ?? 0);
});

test('of a worker that died in the middle it is sent by the next one', async () => {
  const { id } = await someDelivery(database.db);
  void run(
    id,
    scriptedChannel(() => new Promise<never>(() => {})),
  );
  await eventually(async () => expect(await find(id)).toMatchObject({ state: 'sending', attempts: 1 }));
  const channel = scriptedChannel();
  await run(id, channel);
  expect(channel.notices).toHaveLength(1);
  expect(await find(id)).toMatchObject({ state: 'sent', attempts: 2 });
});

test('about an incident that was deleted it is skipped, and nobody is told', async () => {
  const { id } = await someDelivery(database.db);
  await database.db.pool.query('delete from incidents');
  const channel = scriptedChannel();
  expect(await run(id, channel)).toMatchObject({ state: 'skipped' });
  expect(channel.notices).toEqual([]);
  expect(await find(id)).toMatchObject({
    state: 'skipped',
    last_error: 'the incident no longer exists',
    next_attempt_at: null,
  });
});

test.each([
  { thrown: new Error('a\u0000b \ud800'), error: 'a\ufffdb \ufffd' },
  { thrown: new Error('x'.repeat(5_000)), error: 'x'.repeat(2_000) },
  { thrown: 'just words', error: 'just words' },
])('what a channel throws is stored in a form that can be, and tried again', async ({ thrown, error }) => {
  const { id, incident_id } = await someDelivery(database.db);
  await database.db.pool.query('truncate graphile_worker._private_jobs');
  const channel = scriptedChannel(() => {
    throw thrown;
  });
  expect(await run(id, channel)).toMatchObject({ state: 'pending', error });
  expect(await find(id)).toMatchObject({ state: 'pending', attempts: 1, last_error: error });
  expect(await waitingJobs(database.db)).toMatchObject([
    { task: 'deliver', payload: { delivery_id: id, incident_id, request_id: 'r' } },
  ]);
});

test('what a channel returns is stored in a form that can be', async () => {
  const { id } = await someDelivery(database.db);
  await run(
    id,
    scriptedChannel(() => ({ kind: 'failed', error: '550 \u0000\udfff' })),
  );
  expect(await find(id)).toMatchObject({ state: 'failed', last_error: '550 \ufffd\ufffd' });
});

test('tried again until it is too old, and then given up', async () => {
  const { id } = await someDelivery(database.db);
  const channel = scriptedChannel(() => ({ kind: 'retry', error: 'busy' }));
  for (let attempt = 1; attempt <= 3; attempt++) {
    await makeDue();
    expect(await run(id, channel, 60)).toMatchObject({ state: 'pending' });
    expect(await find(id)).toMatchObject({ state: 'pending', attempts: attempt });
  }
  await makeDue();
  await database.db.pool.query(`update deliveries set series_began_at = now() - interval '61 seconds'`);
  expect(await run(id, channel, 60)).toEqual({ state: 'failed', error: 'busy' });
  expect(await find(id)).toMatchObject({ state: 'failed', attempts: 4, last_error: 'busy' });
});

test('waiting for a turn makes no attempt of it', async () => {
  const { id } = await someDelivery(database.db);
  const outcomes: Outcome[] = [
    { kind: 'wait', delay: 5 },
    { kind: 'wait', delay: 5 },
    { kind: 'sent', providerMessageId: '7' },
  ];
  const channel = scriptedChannel(() => outcomes.shift() ?? { kind: 'failed', error: 'asked too often' });
  for (let round = 0; round < 3; round++) {
    await makeDue();
    await run(id, channel);
  }
  expect(await find(id)).toMatchObject({ state: 'sent', attempts: 1, provider_message_id: '7' });
});

describe('retryDelivery', () => {
  test('sends a failed one again, with a new series of attempts', async () => {
    const { id } = await someDelivery(database.db);
    await database.db.pool.query('truncate graphile_worker._private_jobs');
    await run(
      id,
      scriptedChannel(() => ({ kind: 'failed', error: '550' })),
    );
    const retried = await retryDelivery({ ...context, requestId: 'again' }, id);
    expect(retried).toMatchObject({ id, state: 'pending', attempts: 0 });
    expect(await waitingJobs(database.db)).toMatchObject([
      { task: 'deliver', payload: { delivery_id: id, request_id: 'again' } },
    ]);
    const channel = scriptedChannel();
    expect(await run(id, channel)).toEqual({ state: 'sent' });
    expect(channel.notices).toHaveLength(1);
  });

  test('refuses one that has not failed, and one that there is not', async () => {
    const { id } = await someDelivery(database.db);
    await expect(retryDelivery(context, id)).rejects.toThrow(DeliveryNotFailed);
    await expect(retryDelivery(context, 404)).rejects.toThrow(DeliveryNotFound);
    expect(await waitingJobs(database.db)).toHaveLength(1);
  });
});

test('one that is not due yet keeps a job for its time, however often it is asked for', async () => {
  const { id } = await someDelivery(database.db);
  await database.db.pool.query('truncate graphile_worker._private_jobs');
  await database.db.pool.query(`update deliveries set next_attempt_at = now() + interval '1 hour'`);
  const channel = scriptedChannel(() => ({ kind: 'sent', providerMessageId: null }));
  expect(await run(id, channel)).toBeUndefined();
  expect(await run(id, channel)).toBeUndefined();
  const { rows } = await database.db.pool.query(
    `select task_identifier as task, key, run_at = (select next_attempt_at from deliveries where id = $1) as in_time
     from graphile_worker.jobs`,
    [id],
  );
  expect(rows).toEqual([{ task: 'deliver', key: `delivery:${id}`, in_time: true }]);
});
