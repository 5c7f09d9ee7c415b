import { getHeapSpaceStatistics } from 'node:v8';
import { eventually } from '@incidents/testing/eventually';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { sql } from 'kysely';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createDb, type DbOptions } from './client.ts';
import { countIncidents } from './queries/incident/count-incidents.ts';
import { findIncident } from './queries/incident/find-incident.ts';
import { isUnavailable } from './unavailable.ts';

const database = useTestDatabase();

function open(options: Partial<DbOptions> = {}) {
  const onConnectionError = vi.fn<DbOptions['onConnectionError']>();
  const db = createDb({
    url: database.url,
    poolSize: 1,
    applicationName: 'incidents-client',
    onConnectionError,
    ...options,
  });
  onTestFinished(() => db.close());
  return { db, onConnectionError };
}

const terminate = (pid: number | undefined) =>
  database.db.pool.query('select pg_terminate_backend($1)', [pid]);

const pidOf = async (queryable: { query(sql: string): Promise<{ rows: { pid: number }[] }> }) =>
  (await queryable.query('select pg_backend_pid() as pid')).rows[0]?.pid;

test('int8 arrives as a number, also null, negative and in an array of its own type', async () => {
  const { db } = open();
  const { rows } = await db.pool.query(
    `select 9007199254740991::int8 as most, (-5)::int8 as negative, null::int8 as nothing, count(*) as none
     from incidents`,
  );
  expect(rows).toEqual([{ most: Number.MAX_SAFE_INTEGER, negative: -5, nothing: null, none: 0 }]);
  expect(await countIncidents(db.kysely, {})).toBe(0);
});

test('sets time limits and the application name of each connection', async () => {
  const { db } = open({ statementTimeoutMs: 1234 });
  const setting = async (name: string) =>
    (await db.pool.query<{ value: string }>('select current_setting($1) as value', [name])).rows[0]?.value;
  expect(await setting('application_name')).toBe('incidents-client');
  expect(await setting('statement_timeout')).toBe('1234ms');
  expect(await setting('lock_timeout')).toBe('3s');
  expect(await setting('idle_in_transaction_session_timeout')).toBe('10s');
});

test('does not compile plans', async () => {
  const { rows } = await open().db.pool.query('show jit');
  expect(rows).toEqual([{ jit: 'off' }]);
});

test('keeps idle connections: opening ten of them takes 100 ms of the next requests', async () => {
  const { db } = open();
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const pid = await pidOf(db.pool);
  vi.advanceTimersByTime(200_000);
  expect(await pidOf(db.pool)).toBe(pid);
});

describe('a connection that breaks', () => {
  test('is reported and replaced when it is idle', async () => {
    const { db, onConnectionError } = open();
    const pid = await pidOf(db.pool);
    await terminate(pid);
    await eventually(() => expect(onConnectionError).toHaveBeenCalled());
    await eventually(() => expect(db.pool.totalCount).toBe(0));
    expect(await pidOf(db.pool)).not.toBe(pid);
  });

  test('is reported, and its user gets an error, when it is checked out', async () => {
    const { db, onConnectionError } = open();
    const client = await db.pool.connect();
    const pid = await pidOf(client);
    await terminate(pid);
    await eventually(() => expect(onConnectionError).toHaveBeenCalled());
    await expect(client.query('select 1')).rejects.toSatisfy(isUnavailable);
    client.release();
    expect(await pidOf(db.pool)).not.toBe(pid);
  });

  test('fails only the running query', async () => {
    const { db } = open();
    const client = await db.pool.connect();
    const pid = await pidOf(client);
    client.release();
    const blocker = await database.db.pool.connect();
    onTestFinished(() => blocker.release(true));
    await blocker.query('begin; lock table incidents');
    const query = expect(findIncident(db.kysely, 1)).rejects.toMatchObject({ code: '57P01' });
    await eventually(async () => {
      const { rows } = await database.db.pool.query(
        'select wait_event_type from pg_stat_activity where pid = $1',
        [pid],
      );
      expect(rows).toEqual([{ wait_event_type: 'Lock' }]);
    });
    await terminate(pid);
    await query;
    await blocker.query('rollback');
    expect(await findIncident(db.kysely, 1)).toBeUndefined();
  });
});

test('results become garbage of the young generation', async () => {
  const { kysely } = open().db;
  const oldBytes = () =>
    getHeapSpaceStatistics().find(({ space_name }) => space_name === 'old_space')?.space_used_size ?? 0;
  const mostGrowth = async (queries: number) => {
    const before = oldBytes();
    let most = 0;
    for (let query = 0; query < queries; query += 1) {
      await sql`select repeat('я', 30000) || ${query}::text as text`.execute(kysely);
      most = Math.max(most, oldBytes() - before);
    }
    return most;
  };
  await mostGrowth(100);
  // 60 MB of texts.
  expect(await mostGrowth(1_000)).toBeLessThan(5_000_000);
});

describe('a server that takes no writes', () => {
  const readOnly = (db: ReturnType<typeof open>['db']) =>
    db.pool.query('set default_transaction_read_only = on');

  test('loses its connection with the first write', async () => {
    const { db } = open();
    const pid = await pidOf(db.pool);
    await readOnly(db);
    await expect(sql`delete from incidents`.execute(db.kysely)).rejects.toSatisfy(isUnavailable);
    expect(await pidOf(db.pool)).not.toBe(pid);
  });

  test('loses it soon when it is only read', async () => {
    const { db } = open();
    const pid = await pidOf(db.pool);
    await readOnly(db);
    expect(await pidOf(db.pool)).toBe(pid);
    await eventually(async () => expect(await pidOf(db.pool)).not.toBe(pid));
  });
});

test('a frozen server loses the connection soon after the statement timeout', async () => {
  const { db } = open({ poolSize: 1, statementTimeoutMs: 300 });
  const pid = await db.kysely.connection().execute(async (connection) => {
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(connection);
    await sql`set statement_timeout = 0`.execute(connection);
    await expect(sql`select pg_sleep(60)`.execute(connection)).rejects.toSatisfy(isUnavailable);
    return rows[0]?.pid;
  });
  expect(await findIncident(db.kysely, 1)).toBeUndefined();
  expect(await pidOf(db.pool)).not.toBe(pid);
  await terminate(pid ?? 0);
});

describe('a pool whose connections are all taken', () => {
  test('rejects the next caller after the timeout, and serves one after a release', async () => {
    const { db } = open({ connectionTimeoutMs: 1_000 });
    const client = await db.pool.connect();
    const begun = performance.now();
    await expect(findIncident(db.kysely, 1)).rejects.toSatisfy(isUnavailable);
    const waited = performance.now() - begun;
    expect(waited).toBeGreaterThan(900);
    expect(waited).toBeLessThan(4_000);
    client.release();
    expect(await findIncident(db.kysely, 1)).toBeUndefined();
  });

  test('serves waiting callers in order', async () => {
    const { db } = open({ poolSize: 2 });
    const found = await Promise.all(Array.from({ length: 50 }, () => findIncident(db.kysely, 1)));
    expect(found).toEqual(Array(50).fill(undefined));
    expect(db.pool.totalCount).toBe(2);
  });
});

describe('prepared statements', () => {
  const prepared = async (db: ReturnType<typeof open>['db']) =>
    (
      await db.pool.query<{ name: string; statement: string; used: number }>(
        'select name, statement, generic_plans + custom_plans as used from pg_prepared_statements',
      )
    ).rows;

  test('are made once per text and used again', async () => {
    const { db } = open();
    expect(await prepared(db)).toEqual([]);
    for (let id = 1; id <= 5; id++) await findIncident(db.kysely, id);
    await countIncidents(db.kysely, { status: 'новый' });
    const statements = await prepared(db);
    expect(statements.map(({ used }) => used).sort()).toEqual([1, 5]);
    expect(new Set(statements.map(({ name }) => name)).size).toBe(2);
    expect(statements.find(({ used }) => used === 5)?.statement).toContain('where id = $1');
  });

  test('have one name on every connection', async () => {
    const first = open().db;
    const second = open().db;
    await findIncident(first.kysely, 1);
    await findIncident(second.kysely, 1);
    expect((await prepared(first))[0]?.name).toEqual((await prepared(second))[0]?.name);
  });

  test('are not made for a text without parameters', async () => {
    const { db } = open();
    await countIncidents(db.kysely, {});
    await db.pool.query('select 1; select 2');
    expect(await prepared(db)).toEqual([]);
  });

  test('fail once per connection after a migration changes the type of a column', async () => {
    const { db } = open();
    const findSources = async () =>
      (await sql`select source from incidents where id = ${1}`.execute(db.kysely)).rows;
    await findSources();
    await database.db.pool.query('alter table incidents alter column source type text');
    await expect(findSources()).rejects.toSatisfy(isUnavailable);
    expect(await findSources()).toEqual([]);
  });
});

describe('close', () => {
  test('closes the connections of a pool that was used without Kysely', async () => {
    const db = createDb({
      url: database.url,
      poolSize: 2,
      applicationName: 'incidents-close',
      onConnectionError: () => {},
    });
    await db.pool.query('select 1');
    await db.close();
    await eventually(async () => {
      const { rows } = await database.db.pool.query(
        `select pid from pg_stat_activity where application_name = 'incidents-close'`,
      );
      expect(rows).toEqual([]);
    }, 3_000);
  });

  test('waits for the query under way', async () => {
    const db = createDb({
      url: database.url,
      poolSize: 2,
      applicationName: 'incidents-close',
      onConnectionError: () => {},
    });
    const query = db.pool.query<{ pid: number }>('select pg_backend_pid() as pid from pg_sleep(0.2)');
    await eventually(() => expect(db.pool.totalCount).toBe(1));
    const order: string[] = [];
    await Promise.all([
      query.then(() => order.push('answered')),
      db.close().then(() => order.push('closed')),
    ]);
    expect(order).toEqual(['answered', 'closed']);
  });
});
