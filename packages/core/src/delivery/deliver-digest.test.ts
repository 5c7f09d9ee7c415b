import { findDelivery } from '@incidents/db/queries/list-deliveries';
import { forgetDeliveries, gatheredDelivery, waitingJobs } from '@incidents/db/testing/deliveries';
import { useTestDatabase } from '@incidents/db/testing/test-database';
import { silence, THIS_POOL } from '@incidents/db/testing/worker-pools';
import { beforeEach, expect, test } from 'vitest';
import type { Outcome } from './channel.ts';
import { deliverDigest } from './deliver-digest.ts';
import { type ScriptedChannel, scriptedChannel } from './testing/scripted-channel.ts';

const database = useTestDatabase();
const signal = new AbortController().signal;

beforeEach(async () => {
  await forgetDeliveries(database.db);
  // Alive for others as well, for longer than a test takes.
  await silence(database.db, THIS_POOL, -4);
});

/** Lets `count` deliveries gather for `a`, with an empty queue. */
async function gather(count: number) {
  const rows = [];
  for (let index = 0; index < count; index++) rows.push(await gatheredDelivery(database.db, 'a'));
  await database.db.pool.query('truncate graphile_worker._private_jobs');
  return rows;
}
const run = (channel: ScriptedChannel, maxAgeSeconds = 86_400) =>
  deliverDigest(
    { db: database.db.kysely, actor: 'worker', requestId: 'r' },
    { channel: 'email', recipient: 'a' },
    { poolId: THIS_POOL, channelOf: () => channel, maxAgeSeconds, signal },
  );
const named = ({ digests }: ScriptedChannel) =>
  digests.map(({ entries }) => entries.map((entry) => entry.id));
const states = async () => {
  const { rows } = await database.db.pool.query<{ state: string; deliveries: number }>(
    'select state, count(*) as deliveries from deliveries group by state order by state',
  );
  return Object.fromEntries(rows.map(({ state, deliveries }) => [state, deliveries]));
};

test('one message for all, in their order, and each row knows it', async () => {
  const rows = await gather(5);
  const channel = scriptedChannel();
  expect(await run(channel)).toBe(5);
  expect(channel.digests).toHaveLength(1);
  expect(channel.digests[0]).toMatchObject({ deliveryIds: rows.map(({ id }) => id), recipient: 'a' });
  expect(channel.digests[0]?.entries[0]).toEqual({
    id: rows[0]?.incident_id,
    text: 'Бот не отвечает',
    status: 'новый',
    source: 'operator',
    created_at: expect.stringMatching(/Z$/),
  });
  expect(named(channel)).toEqual([rows.map((row) => row.incident_id)]);
  for (const { id } of rows) {
    expect(await findDelivery(database.db.kysely, id)).toMatchObject({
      state: 'sent',
      attempts: 1,
      provider_message_id: 'm-1',
    });
  }
});

test('as many messages as it takes; each incident is named exactly once', async () => {
  const rows = await gather(130);
  const channel = scriptedChannel(undefined, 40);
  expect(await run(channel)).toBe(130);
  const all = named(channel);
  expect(all.every((ids) => ids.length <= 40)).toBe(true);
  expect(all.flat()).toEqual(rows.map((row) => row.incident_id));
  expect(await states()).toEqual({ sent: 130 });
});

test('what joins while it is being sent gathers for the next one, which has a job of its own', async () => {
  const rows = await gather(2);
  const late: number[] = [];
  const channel = scriptedChannel(async () => {
    late.push((await gatheredDelivery(database.db, 'a')).incident_id);
    return { kind: 'sent', providerMessageId: 'm-1' };
  });
  expect(await run(channel)).toBe(2);
  expect(named(channel)).toEqual([rows.map((row) => row.incident_id)]);
  expect(await states()).toEqual({ pending: 1, sent: 2 });
  const jobs = (await waitingJobs(database.db)).filter(({ task }) => task === 'send_digest');
  expect(jobs.map(({ key }) => key)).toEqual(['digest:email:a', 'digest-left:email:a']);
  // When it was planned for, not a minute later, when this one looks for what others have left.
  expect(jobs[0]?.in).toBeGreaterThan(10);
  expect(jobs[0]?.in).toBeLessThanOrEqual(30);

  await run(channel);
  expect(named(channel)[1]).toEqual(late.slice(0, 1));
});

test('by two workers at once each incident is named once', async () => {
  const rows = await gather(60);
  const channel = scriptedChannel(undefined, 7);
  await Promise.all([run(channel), run(channel), run(channel)]);
  expect(
    named(channel)
      .flat()
      .sort((a, b) => a - b),
  ).toEqual(rows.map((row) => row.incident_id));
});

test('run again, nobody is told anything', async () => {
  await gather(3);
  const channel = scriptedChannel();
  await run(channel);
  expect(await run(channel)).toBe(0);
  expect(channel.digests).toHaveLength(1);
  expect(await waitingJobs(database.db)).toEqual([]);
});

test('a failure puts all of it back, with one job for later, and the next one names all of it', async () => {
  const rows = await gather(5);
  let busy = true;
  const channel = scriptedChannel(
    (): Outcome => (busy ? { kind: 'retry', error: '451' } : { kind: 'sent', providerMessageId: '9' }),
    3,
  );
  expect(await run(channel)).toBe(0);
  expect(await states()).toEqual({ pending: 5 });
  const [left, job, ...others] = await waitingJobs(database.db);
  expect(others).toEqual([]);
  expect(left).toMatchObject({ key: 'digest-left:email:a' });
  expect(job).toMatchObject({
    task: 'send_digest',
    payload: { channel: 'email', recipient: 'a', request_id: 'r' },
    key: 'digest:email:a',
  });
  expect(job?.in).toBeLessThanOrEqual(2.4);
  const attempts = await Promise.all(rows.map(({ id }) => findDelivery(database.db.kysely, id)));
  // Those that did not fit have not been tried.
  expect(attempts.map((row) => row?.attempts)).toEqual([1, 1, 1, 0, 0]);
  expect(attempts.map((row) => row?.last_error)).toEqual(['451', '451', '451', null, null]);

  busy = false;
  expect(await run(channel)).toBe(5);
  expect(named(channel).slice(1).flat()).toEqual(rows.map((row) => row.incident_id));
});

test('what did not fit is not lost with a worker that dies while it sends the rest', async () => {
  await gather(5);
  let asked: (() => void) | undefined;
  const sending = new Promise<void>((resolve) => {
    asked = resolve;
  });
  const dead = scriptedChannel(() => {
    asked?.();
    return new Promise<never>(() => {});
  }, 2);
  void run(dead);
  await sending;
  expect(await states()).toEqual({ pending: 3, sending: 2 });
  const [job, ...none] = await waitingJobs(database.db);
  expect(none).toEqual([]);
  expect(job).toMatchObject({ task: 'send_digest', key: 'digest-left:email:a' });
  // Not at once, beside the one that is sending: each part of a long backlog would wait for its turn in a job.
  expect(job?.in).toBeGreaterThan(30);
  expect(job?.in).toBeLessThanOrEqual(60);

  const other = scriptedChannel(undefined, 2);
  expect(await run(other)).toBe(3);
  // Two are still with the dead one: somebody will look again, and takes them over when they must be abandoned.
  expect((await waitingJobs(database.db)).at(-1)).toMatchObject({
    task: 'send_digest',
    key: 'digest-left:email:a',
  });
  await database.db.pool.query(
    `update deliveries set updated_at = now() - interval '121 seconds' where state = 'sending'`,
  );
  expect(await run(other)).toBe(2);
  expect(named(other).flat().sort()).toEqual([1, 2, 3, 4, 5]);
  expect(await states()).toEqual({ sent: 5 });
});

test('what somebody else is sending is looked at again in a minute', async () => {
  await gather(1);
  await database.db.pool.query(`update deliveries set state = 'sending', claimed_by = $1`, [THIS_POOL]);
  const channel = scriptedChannel();
  expect(await run(channel)).toBe(0);
  expect(channel.digests).toEqual([]);
  const [job] = await waitingJobs(database.db);
  expect(job?.in).toBeGreaterThan(50);
  expect(job?.in).toBeLessThanOrEqual(60);
  // What gathers from now on does not have to wait for that.
  await gatheredDelivery(database.db, 'a');
  const [, next, ...others] = await waitingJobs(database.db);
  expect(others).toEqual([]);
  expect(next).toMatchObject({ task: 'send_digest', key: 'digest:email:a' });
  expect(next?.in).toBeLessThanOrEqual(30);
});

test('refused for good, all of it has failed and nothing waits', async () => {
  await gather(5);
  const channel = scriptedChannel(() => ({ kind: 'failed', error: '550' }), 2);
  expect(await run(channel)).toBe(0);
  expect(await states()).toEqual({ failed: 5 });
});

test('about incidents that are gone nobody is told, the others are', async () => {
  const rows = await gather(4);
  await database.db.pool.query('delete from incidents where id = any($1)', [
    [rows[0]?.incident_id, rows[2]?.incident_id],
  ]);
  const channel = scriptedChannel();
  expect(await run(channel)).toBe(2);
  expect(named(channel)).toEqual([[rows[1]?.incident_id, rows[3]?.incident_id]]);
  expect(await states()).toEqual({ sent: 2, skipped: 2 });
});

test('after a full load of incidents that are gone somebody looks again for the others', async () => {
  const rows = await gather(101);
  await database.db.pool.query('delete from incidents where id <> $1', [rows.at(-1)?.incident_id]);
  const channel = scriptedChannel();
  await run(channel);
  expect(await states()).toEqual({ pending: 1, skipped: 100 });
  expect(await waitingJobs(database.db)).toMatchObject([{ task: 'send_digest', key: 'digest-left:email:a' }]);
  await run(channel);
  expect(named(channel)).toEqual([[rows.at(-1)?.incident_id]]);
});

test('those that are too old are given up, those that joined lately are not', async () => {
  const rows = await gather(3);
  await database.db.pool.query(
    `update deliveries set series_began_at = now() - interval '61 seconds' where id = $1`,
    [rows[0]?.id],
  );
  await run(
    scriptedChannel(() => ({ kind: 'retry', error: '451' })),
    60,
  );
  expect(await states()).toEqual({ failed: 1, pending: 2 });
  expect(await waitingJobs(database.db)).toHaveLength(1);
});
