import { setHeartbeatAge } from '@incidents/testing/fixtures/worker-pools';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { sql } from 'kysely';
import { beforeEach, describe, expect, test } from 'vitest';
import { selectRecipients } from './select-recipients.ts';

const database = useTestDatabase();

beforeEach(() => database.db.pool.query('truncate deliveries, outboxes, worker_pools restart identity'));

let slot = 0;
const insertPool = (poolId: string, recipients: object[]) =>
  database.db.pool.query(
    `insert into worker_pools (pool_id, slot, name, concurrency, tasks, recipients, started_at)
     values ($1, $2::int, 'host:1', 50, '{}', $3, now() + $2::int * interval '1 millisecond')`,
    [poolId, ++slot, JSON.stringify(recipients)],
  );

let event = 0;
/** A delivery to the mailbox `a`; times are minutes ago. */
async function insert({
  created = 0,
  began = created,
  updated = created,
  sent,
  ...fields
}: Record<string, unknown> & { created?: number; began?: number; updated?: number; sent?: number } = {}) {
  const row = {
    channel: 'email',
    transport: 'smtp',
    recipient: 'a',
    event_id: ++event,
    incident_id: 1,
    ...fields,
  };
  const ago = (minutes: number) => new Date(NOW - minutes * 60_000).toISOString();
  const times = {
    created_at: ago(created),
    series_began_at: ago(began),
    updated_at: ago(updated),
    ...(sent !== undefined && { sent_at: ago(sent) }),
  };
  const columns = Object.keys({ ...row, ...times }).join(', ');
  await database.db.pool.query(
    `insert into deliveries (${columns}) select ${columns} from jsonb_populate_record(null::deliveries, $1)`,
    [JSON.stringify({ ...row, ...times })],
  );
}
const NOW = Date.now();
const at = (minutes: number) => new Date(NOW - minutes * 60_000).toISOString();
const list = () => selectRecipients(database.db.kysely);

const idle = {
  pending: 0,
  sending: 0,
  failed: 0,
  oldest_waiting_age_seconds: null,
  last_error: null,
  last_error_at: null,
  failing_since: null,
  closed_until: null,
  last_success_at: null,
};
const mailbox = { channel: 'email', transport: 'smtp', recipient: 'a' };
const chat = { channel: 'telegram', transport: 'telegram', recipient: '-100:7' };

test('is empty without workers and deliveries', async () => {
  expect(await list()).toEqual([]);
});

describe('recipients', () => {
  test('are those of every living worker, once, as the last started one has them', async () => {
    await insertPool('one', [{ ...mailbox, sources: null }]);
    await insertPool('two', [
      { ...chat, sources: null },
      { ...mailbox, sources: ['monitoring', 'partner'], severities: ['critical'] },
    ]);
    await insertPool('expired', [{ ...mailbox, recipient: 'b', sources: null }]);
    await setHeartbeatAge(database.db, 'expired', 60);
    await insertPool('old version', []);
    expect(await list()).toEqual([
      { ...mailbox, ...idle, configured: true, sources: ['monitoring', 'partner'], severities: ['critical'] },
      { ...chat, ...idle, configured: true, sources: null, severities: null },
    ]);
  });

  test('include those with waiting or failed deliveries, and no others', async () => {
    await insert({ recipient: 'waits', state: 'pending' });
    await insert({ recipient: 'is sent to', state: 'sending' });
    await insert({ recipient: 'failed', state: 'failed' });
    for (const state of ['sent', 'logged', 'skipped']) await insert({ recipient: state, state });
    expect(await list()).toMatchObject([
      { recipient: 'failed', configured: false, sources: null, failed: 1 },
      { recipient: 'is sent to', configured: false, sending: 1 },
      { recipient: 'waits', configured: false, pending: 1, transport: 'smtp' },
    ]);
  });
});

test('have counts of waiting and failed deliveries, and the age of the oldest since its creation or retry', async () => {
  await insert({ state: 'pending', created: 600, began: 3 });
  await insert({ state: 'pending', created: 1 });
  await insert({ state: 'sending', created: 2 });
  for (const created of [90, 80, 70]) await insert({ state: 'failed', created });
  await insert({ state: 'sent', created: 100, sent: 100 });
  const [row, ...others] = await list();
  expect(others).toEqual([]);
  expect(row).toMatchObject({ pending: 2, sending: 1, failed: 3 });
  expect(row?.oldest_waiting_age_seconds).toBeGreaterThanOrEqual(180);
  expect(row?.oldest_waiting_age_seconds).toBeLessThan(240);
});

describe('failures', () => {
  test('begin with the first after the last success', async () => {
    await insert({ state: 'failed', attempts: 1, created: 90, updated: 89, last_error: 'before' });
    await insert({ state: 'sent', created: 80, sent: 79 });
    await insert({ state: 'failed', attempts: 1, created: 70, updated: 69, last_error: 'first' });
    await insert({ state: 'failed', attempts: 1, created: 60, updated: 59, last_error: 'last' });
    expect(await list()).toMatchObject([
      {
        failed: 3,
        last_error: 'last',
        last_error_at: at(59),
        failing_since: at(69),
        last_success_at: at(79),
      },
    ]);
  });

  test('begin with the series, or with the last success within it, when there were several attempts', async () => {
    await insert({ state: 'failed', attempts: 9, created: 90, updated: 10, last_error: 'given up' });
    expect(await list()).toMatchObject([{ failing_since: at(90), last_error_at: at(10) }]);
    await insert({ recipient: 'b', state: 'sent', created: 95, sent: 60 });
    await insert({ recipient: 'b', state: 'failed', attempts: 9, created: 90, updated: 10 });
    expect((await list())[1]).toMatchObject({ failing_since: at(60), last_success_at: at(60) });
  });

  test('include deliveries with a later retry', async () => {
    await insert({ state: 'sent', created: 80, sent: 79 });
    await insert({ state: 'pending', attempts: 1, created: 50, updated: 49, last_error: '451 busy' });
    await insert({ state: 'sending', attempts: 4, created: 40, updated: 5, last_error: '452 full' });
    expect(await list()).toMatchObject([
      { failed: 0, last_error: '452 full', last_error_at: at(5), failing_since: at(49) },
    ]);
  });

  test('end with a success, though failed deliveries remain', async () => {
    await insert({ state: 'failed', attempts: 1, created: 70, updated: 69, last_error: '550' });
    await insert({ state: 'sent', created: 60, sent: 59 });
    expect(await list()).toMatchObject([
      { failed: 1, last_error: '550', last_error_at: at(69), failing_since: null, last_success_at: at(59) },
    ]);
  });

  test('end with a successful retry of a delivery older than the failed ones', async () => {
    await insert({ state: 'sent', created: 70, updated: 1, sent: 1 });
    await insert({ state: 'failed', attempts: 1, created: 60, updated: 59, last_error: '550' });
    expect(await list()).toMatchObject([{ failing_since: null, last_success_at: at(1) }]);
  });

  test('do not include postponed and just retried deliveries', async () => {
    await insert({ state: 'pending', attempts: 0, created: 5, last_error: '429: Too Many Requests' });
    expect(await list()).toMatchObject([{ last_error: null, last_error_at: null, failing_since: null }]);
  });

  test('belong to one channel and recipient', async () => {
    await insert({ state: 'failed', attempts: 1, updated: 9, last_error: 'of a' });
    await insert({
      ...chat,
      recipient: 'a',
      state: 'failed',
      attempts: 1,
      updated: 8,
      last_error: 'of a chat',
    });
    await insert({ recipient: 'b', state: 'sent', sent: 1 });
    await insert({ recipient: 'b', state: 'pending' });
    expect(await list()).toMatchObject([
      { recipient: 'a', last_error: 'of a', last_success_at: null },
      { recipient: 'b', last_error: null, failing_since: null, last_success_at: at(1) },
      { ...chat, recipient: 'a', last_error: 'of a chat' },
    ]);
  });
});

test('a logged message is a success of a channel that is not configured', async () => {
  await insertPool('one', [{ channel: 'email', transport: 'log', recipient: 'log', sources: null }]);
  await insert({ transport: 'log', recipient: 'log', state: 'logged', sent: 3 });
  expect(await list()).toMatchObject([{ transport: 'log', configured: true, last_success_at: at(3) }]);
});

test('topics of a chat share its closure, which expires', async () => {
  await insertPool('one', [
    { ...chat, sources: null },
    { ...chat, recipient: '-100:8', sources: null },
    { ...chat, recipient: '-200', sources: null },
    { ...mailbox, recipient: '-100', sources: null },
  ]);
  await database.db.pool.query(
    `insert into outboxes (channel, address, closed_until, closed_at)
     values ('telegram', '-100', '2100-01-01T00:00:00Z', now()),
       ('telegram', '-200', now() + interval '3 seconds', now())`,
  );
  const closed = (await list()).map(({ recipient, closed_until }) => [recipient, closed_until]);
  expect(closed).toEqual([
    ['-100', null],
    ['-100:7', '2100-01-01T00:00:00.000Z'],
    ['-100:8', '2100-01-01T00:00:00.000Z'],
    ['-200', null],
  ]);
});

test('reads of sent deliveries only the last of each recipient', async () => {
  await insertPool('one', [{ ...mailbox, sources: null }]);
  await database.db.pool.query(
    `insert into deliveries (event_id, incident_id, channel, transport, recipient, state, created_at, sent_at)
     select 1000 + n, n, 'email', 'smtp', 'box-' || n % 20, 'sent', now() - n * interval '1 second', now()
     from generate_series(1, 20000) as n`,
  );
  await insert({ state: 'failed' });
  await insert({ state: 'pending' });
  await insert({ recipient: 'box-7', state: 'pending' });
  await database.db.pool.query('vacuum analyze deliveries');
  await database.db.kysely.transaction().execute(async (transaction) => {
    const read = async () => {
      const { rows } = await sql<{ rows: number }>`
        select (seq_tup_read + idx_tup_fetch)::int as rows from pg_stat_xact_user_tables
        where relname = 'deliveries'`.execute(transaction);
      return rows[0]?.rows ?? Number.NaN;
    };
    const before = await read();
    expect(await selectRecipients(transaction)).toHaveLength(2);
    expect((await read()) - before).toBeLessThan(50);
  });
});
