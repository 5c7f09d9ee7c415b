import { createServer, type Server } from 'node:net';
import { eventually } from '@incidents/testing/eventually';
import { cause, someIncident, storeIncident } from '@incidents/testing/fixtures/incidents';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createDb } from './client.ts';
import { isUnavailable } from './unavailable.ts';

const database = useTestDatabase();

async function thrownBy(
  work: (db: ReturnType<typeof createDb>) => Promise<unknown>,
  options: { url?: string; connectionTimeoutMs?: number } = {},
): Promise<unknown> {
  const db = createDb({
    url: database.url,
    poolSize: 1,
    applicationName: 'incidents-unavailable',
    onConnectionError: () => {},
    connectionTimeoutMs: 10_000,
    statementTimeoutMs: 500,
    ...options,
  });
  onTestFinished(() => db.close());
  return work(db).then(
    (value) => {
      throw new Error(`it did not throw but returned ${JSON.stringify(value)}`);
    },
    (error: unknown) => error,
  );
}

async function urlOf(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  const url = new URL(database.url);
  url.hostname = '127.0.0.1';
  url.port = String(address.port);
  return url.href;
}

const ask = (db: ReturnType<typeof createDb>) => db.pool.query('select 1');

describe('isUnavailable with real errors', () => {
  test('a closed port', async () => {
    const server = createServer();
    const url = await urlOf(server);
    await new Promise((resolve) => server.close(resolve));
    const error = await thrownBy(ask, { url });
    expect(error).toMatchObject({ code: 'ECONNREFUSED' });
    expect(isUnavailable(error)).toBe(true);
  });

  test('a closed port on each address of a name', async () => {
    const server = createServer();
    const url = new URL(await urlOf(server));
    await new Promise((resolve) => server.close(resolve));
    url.hostname = 'localhost';
    expect(isUnavailable(await thrownBy(ask, { url: url.href }))).toBe(true);
  });

  test('a name that does not exist', async () => {
    const url = new URL(database.url);
    url.hostname = 'no-such-host.invalid';
    expect(isUnavailable(await thrownBy(ask, { url: url.href }))).toBe(true);
  });

  test('a server that closes the connection', async () => {
    const server = createServer((socket) => socket.destroy());
    onTestFinished(() => void server.close());
    expect(isUnavailable(await thrownBy(ask, { url: await urlOf(server) }))).toBe(true);
  });

  test('a server that never answers', async () => {
    const server = createServer((socket) => onTestFinished(() => void socket.destroy()));
    onTestFinished(() => void server.close());
    const options = { url: await urlOf(server), connectionTimeoutMs: 200 };
    expect(isUnavailable(await thrownBy(ask, options))).toBe(true);
  });

  test('a connection that an administrator ended', async () => {
    const error = await thrownBy((db) => db.pool.query('select pg_terminate_backend(pg_backend_pid())'));
    expect(error).toMatchObject({ code: '57P01' });
    expect(isUnavailable(error)).toBe(true);
  });

  test('statement_timeout', async () => {
    const error = await thrownBy((db) => db.pool.query('select pg_sleep(20)'));
    expect(error).toMatchObject({ code: '57014' });
    expect(isUnavailable(error)).toBe(true);
  });

  test('lock_timeout', async () => {
    const blocker = await database.db.pool.connect();
    onTestFinished(() => blocker.release(true));
    await blocker.query('begin; lock table incidents');
    const error = await thrownBy(async (db) => {
      await db.pool.query('set lock_timeout = 50');
      return storeIncident(db.kysely, someIncident(), cause, []);
    });
    expect(error).toMatchObject({ code: '55P03' });
    expect(isUnavailable(error)).toBe(true);
  });

  test('a transaction that was left open', async () => {
    const error = await thrownBy(async (db) => {
      const client = await db.pool.connect();
      try {
        await client.query('set idle_in_transaction_session_timeout = 30; begin');
        await new Promise((resolve) => client.once('error', resolve));
        return await client.query('select 1');
      } finally {
        client.release(true);
      }
    });
    expect(isUnavailable(error)).toBe(true);
  });

  test('a standby, which takes no writes', async () => {
    const error = await thrownBy(async (db) => {
      await db.pool.query('set default_transaction_read_only = on');
      return storeIncident(db.kysely, someIncident(), cause, []);
    });
    expect(error).toMatchObject({ code: '25006' });
    expect(isUnavailable(error)).toBe(true);
  });

  test('a pool without a free connection', async () => {
    const error = await thrownBy(
      async (db) => {
        const client = await db.pool.connect();
        try {
          return await ask(db);
        } finally {
          client.release();
        }
      },
      { connectionTimeoutMs: 1_000 },
    );
    expect(error).toMatchObject({ message: expect.stringContaining('timeout exceeded') });
    expect(isUnavailable(error)).toBe(true);
  });

  test('a deadlock', async () => {
    await database.db.pool.query(
      `create table pair (id int primary key, n int); insert into pair values (1, 0), (2, 0)`,
    );
    const other = await database.db.pool.connect();
    onTestFinished(() => other.release(true));
    await other.query(`set deadlock_timeout = '1h'; begin; update pair set n = 1 where id = 1`);
    const error = await thrownBy(async (db) => {
      await db.pool.query(`set deadlock_timeout = 20; set statement_timeout = 0`);
      const client = await db.pool.connect();
      try {
        await client.query('begin; update pair set n = 1 where id = 2');
        const crossing = other.query('update pair set n = 1 where id = 2');
        crossing.catch(() => {});
        await eventually(async () => {
          const { rows } = await database.db.pool.query(
            `select from pg_stat_activity
             where wait_event_type = 'Lock' and query = 'update pair set n = 1 where id = 2'`,
          );
          expect(rows).toHaveLength(1);
        });
        // PostgreSQL looks for a deadlock once in each wait, so this one begins last.
        return await client.query('update pair set n = 1 where id = 1');
      } finally {
        client.release(true);
      }
    });
    expect(error).toMatchObject({ code: '40P01' });
    expect(isUnavailable(error)).toBe(true);
  });
});

describe('a database that has not been migrated', () => {
  const empty = useTestDatabase({ empty: true });

  test('is not ready yet', async () => {
    const error = await thrownBy((db) => storeIncident(db.kysely, someIncident(), cause, []), {
      url: empty.url,
    });
    expect(isUnavailable(error)).toBe(true);
    const queue = await thrownBy((db) => db.pool.query('select graphile_worker.add_job($1)', ['x']), {
      url: empty.url,
    });
    expect(queue).toMatchObject({ code: '3F000' });
    expect(isUnavailable(queue)).toBe(true);
  });
});

test.each([
  ['08000'],
  ['08006'],
  ['53000'],
  ['53100'],
  ['53200'],
  ['53300'],
  ['57P02'],
  ['57P03'],
  ['57P05'],
  ['58030'],
  ['40001'],
  ['ECONNRESET'],
  ['EPIPE'],
  ['ETIMEDOUT'],
  ['EHOSTUNREACH'],
  ['ENETUNREACH'],
  ['EAI_AGAIN'],
  ['EMFILE'],
  ['ENFILE'],
  ['ENOBUFS'],
  ['EADDRNOTAVAIL'],
])('isUnavailable is true for the code %s', (code) => {
  expect(isUnavailable(Object.assign(new Error('it'), { code }))).toBe(true);
  expect(isUnavailable(new AggregateError([Object.assign(new Error('it'), { code })]))).toBe(true);
});

test.each([
  ['a mistake in the SQL', 'selec 1'],
  ['a value that does not fit', `select 'x'::int`],
  ['a number out of range', 'select 3000000000::int'],
  ['NUL in a text', `select convert_from('\\x00', 'UTF8')`],
  ['a constraint', `insert into incidents (text) values ('т')`],
  ['a column that does not exist', 'select nothing from incidents'],
])('isUnavailable is false for %s', async (_what, statement) => {
  expect(isUnavailable(await thrownBy((db) => db.pool.query(statement)))).toBe(false);
});

test.each([
  [new Error('Connection refused by the reviewer')],
  [new TypeError('x is not a function')],
  [new AggregateError([new Error('x')])],
  ['Connection terminated'],
  [undefined],
  [null],
  [{ code: 'ECONNREFUSED' }],
])('isUnavailable is false for %s, which is no database error', (error) => {
  expect(isUnavailable(error)).toBe(false);
});
