import { PassThrough } from 'node:stream';
import { formatPosition } from '@incidents/core/incident/event-position';
import { readLatestPosition } from '@incidents/core/incident/read-events';
import { createDb, type Db } from '@incidents/db/client';
import { eventually } from '@incidents/testing/eventually';
import { type CutOffProxy, startCutOffProxy } from '@incidents/testing/postgres/cut-off-proxy';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { measureTraffic } from '@incidents/testing/postgres/traffic';
import { useTestLogger } from '@incidents/testing/test-logger';
import type { Context } from 'hono';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { HonoEnv } from '../http/hono-env.ts';
import { HttpProblem } from '../http/problem.ts';
import { resetConnection } from '../http/reset-connection.ts';
import { createEventStreams, type EventStreams } from './event-streams.ts';

const database = useTestDatabase();
const log = useTestLogger();
let proxy: CutOffProxy;
let db: Db;
let streams: EventStreams;

beforeAll(async () => {
  proxy = await startCutOffProxy(database.url);
  db = createDb({
    url: proxy.url,
    poolSize: 4,
    applicationName: 'incidents-test',
    onConnectionError: () => {},
  });
});
beforeEach(() => {
  streams = createEventStreams({ db: db.kysely, logger: log.logger });
});
afterEach(() => streams.close());

function restart({ kysely } = db): void {
  streams.close();
  streams = createEventStreams({ db: kysely, logger: log.logger });
}

afterAll(async () => {
  await db.close();
  await proxy.close();
});

interface OpenOptions {
  lastId?: string | undefined;
  authorize?: () => Promise<void>;
}

/** A client that reads only when the test calls it. */
async function open({ lastId, authorize = async () => {} }: OpenOptions = {}) {
  const socket = new PassThrough();
  const outgoing = new PassThrough({ objectMode: true, readableHighWaterMark: 1, writableHighWaterMark: 1 });
  const c = {
    req: { method: 'GET' },
    env: { incoming: { socket }, outgoing },
  } as unknown as Context<HonoEnv>;
  const requestId = `request-${Math.random()}`;
  const reply = await streams.open({
    c,
    requestId,
    filter: { bot: undefined },
    lastPosition: lastId,
    authorize,
  });
  if (!(reply.body instanceof ReadableStream)) throw new Error('no stream');
  const reader = reply.body.getReader();
  const chunks: Uint8Array[] = [];
  const found = { events: [] as number[], kinds: [] as (string | undefined)[], lastId: '' };
  const take = (chunk: Uint8Array) => {
    chunks.push(chunk);
    const text = Buffer.from(chunk).toString();
    for (const [, id] of text.matchAll(/^data: {"event" : {"id" : (\d+)/gm)) found.events.push(Number(id));
    for (const [, kind] of text.matchAll(/^event: (.*)$/gm)) found.kinds.push(kind);
    for (const [, id] of text.matchAll(/^id: (.*)$/gm)) found.lastId = id ?? '';
  };
  const { value: first } = await reader.read();
  if (first !== undefined) take(first);
  const written = outgoing.iterator();
  let ended: Promise<boolean> | undefined;
  /** As the adapter does: it asks for more, and ends the reply when there is no more. */
  const untilEnd = () => {
    ended ??= reader
      .read()
      .then(
        ({ done }) => done,
        () => false,
      )
      .finally(() => outgoing.end());
    return ended;
  };
  const readUntil = async (isEnough: () => boolean) => {
    void untilEnd();
    while (!isEnough()) {
      const { done, value } = await written.next();
      if (done) return;
      take(value);
    }
  };
  return {
    socket,
    chunks,
    found,
    /** Resolves when the body ends: whether it is complete. */
    untilEnd,
    readEvents: (count: number) => readUntil(() => found.events.length >= count),
    readMessages: (count: number) => readUntil(() => found.kinds.length >= count),
    close: () => reader.cancel(),
    line: () =>
      log.lines.find(({ request_id, msg }) => request_id === requestId && msg === 'event stream ended'),
  };
}

/** @returns their ids */
async function insertEvents(count: number, commentLength = 10): Promise<number[]> {
  const { rows } = await database.db.pool.query(
    `insert into incident_events (incident_id, kind, actor, request_id, comment)
     select 1, 'commented', 'tester', 'r', repeat('я', $2) from generate_series(1, $1) returning id`,
    [count, commentLength],
  );
  return rows.map(({ id }) => Number(id));
}

const readsOf = (statements: string[]) => statements.filter((text) => text.includes('with event as')).length;

/** Up to two polls in between may read too: transactions of other tests move the newest position. */
function expectReads(statements: string[], reads: number): void {
  expect(readsOf(statements)).toBeGreaterThanOrEqual(reads);
  expect(readsOf(statements)).toBeLessThanOrEqual(reads + 2);
}

describe('createEventStreams: statements', () => {
  test('reads an event once for all streams', async () => {
    const clients = await Promise.all(Array.from({ length: 20 }, () => open()));
    const { statements } = await measureTraffic(proxy, async () => {
      const ids = await insertEvents(1);
      await Promise.all(clients.map((client) => client.readEvents(1)));
      for (const client of clients) expect(client.found.events).toEqual(ids);
    });
    expectReads(statements, 1);
  });

  test('shares reads among clients that reconnect together', async () => {
    const before = await open();
    const stays = await open();
    const options = { lastId: before.found.lastId };
    const { statements } = await measureTraffic(proxy, async () => {
      const ids = await insertEvents(450);
      const clients = await Promise.all(Array.from({ length: 50 }, () => open(options)));
      await Promise.all([stays, ...clients].map((client) => client.readEvents(450)));
      for (const client of [stays, ...clients]) expect(client.found.events).toEqual(ids);
    });
    // Of 100 events each.
    expectReads(statements, 5);
  });

  test('shares reads among clients that reconnect to another process', async () => {
    const lastId = (await open()).found.lastId;
    restart();
    const ids = await insertEvents(450);
    const { statements } = await measureTraffic(proxy, async () => {
      const clients = await Promise.all(Array.from({ length: 50 }, () => open({ lastId })));
      await Promise.all(clients.map((client) => client.readEvents(450)));
      for (const client of clients) expect(client.found.events).toEqual(ids);
    });
    expectReads(statements, 5);
    expect(statements.filter((text) => text.includes('as counted'))).toHaveLength(1);
  });

  test('sends no event again to a client that is ahead of this process', async () => {
    await open();
    await insertEvents(1);
    const lastId = formatPosition(await readLatestPosition({ db: database.db.kysely }));
    const client = await open({ lastId });
    const ids = await insertEvents(1);
    await client.readEvents(1);
    expect(client.found.events).toEqual(ids);
    expect(client.found.kinds).not.toContain('reset');
  });
});

describe('createEventStreams: memory', () => {
  test('shares the bytes of a batch among clients', async () => {
    const [one, other] = [await open(), await open()];
    await insertEvents(3);
    await Promise.all([one.readEvents(3), other.readEvents(3)]);
    expect(one.chunks.at(-1)).toBe(other.chunks.at(-1));
  });

  test('sends chunks of at most 32 KiB, or of one event', async () => {
    const lastId = (await open()).found.lastId;
    await insertEvents(90, 1_000);
    await insertEvents(1, 40_000);
    await insertEvents(9, 1_000);
    const client = await open({ lastId });
    await client.readEvents(100);
    const sizes = client.chunks.map(({ byteLength }) => byteLength);
    expect(sizes.filter((bytes) => bytes > 32 * 1_024)).toHaveLength(1);
    expect(
      client.chunks
        .find(({ byteLength }) => byteLength > 80_000)
        ?.toString()
        .match(/^data: /gm),
    ).toHaveLength(1);
  });

  test('sends each event once to a client that is further behind than the kept batches', async () => {
    const [slow, quick] = [await open(), await open()];
    const ids: number[] = [];
    // More than the feed keeps.
    for (let count = 0; count < 6; count++) {
      ids.push(...(await insertEvents(100, 10_000)));
      await quick.readEvents(ids.length);
    }
    const { statements } = await measureTraffic(proxy, () => slow.readEvents(ids.length));
    expect(slow.found.events).toEqual(ids);
    // Six pages of 100 events, and the ends of the ranges.
    expect(readsOf(statements)).toBeGreaterThan(0);
    expect(readsOf(statements)).toBeLessThan(12);
  });

  test('keeps the newest batches while a client reads far older ones', async () => {
    const { lastId } = (await open()).found;
    restart();
    const old = await insertEvents(600, 10_000);
    const almostCurrent = await open();
    const newest = await insertEvents(1);
    const current = await open({ lastId: almostCurrent.found.lastId });
    await current.readEvents(1);
    // More than the feed keeps.
    await (await open({ lastId })).readEvents(old.length + newest.length);
    const { statements } = await measureTraffic(proxy, () => almostCurrent.readEvents(1));
    expect(almostCurrent.found.events).toEqual(newest);
    expect(readsOf(statements)).toBe(0);
  });
});

describe('createEventStreams: reset', () => {
  // The proxy would record megabytes.
  beforeEach(() => restart(database.db));

  test('sends one reset for more than 10,000 events between two polls, then new events', async () => {
    const client = await open();
    await insertEvents(10_001, 1);
    await client.readMessages(1);
    const ids = await insertEvents(1);
    await client.readEvents(1);
    expect(client.found).toMatchObject({ kinds: ['reset', 'commented'], events: ids });
  });

  test('sends one reset to a client that missed more than 10,000 events, then new events', async () => {
    const { lastId } = (await open()).found;
    restart(database.db);
    await insertEvents(10_001, 1);
    const client = await open({ lastId });
    const ids = await insertEvents(1);
    await client.readEvents(1);
    expect(client.found).toMatchObject({ kinds: ['reset', 'commented'], events: ids });
  });
});

describe('createEventStreams: a server that has gone back', () => {
  let other: Db;
  const query = (text: string, values: unknown[] = []) => database.db.pool.query(text, values);

  beforeAll(async () => {
    // In place of PostgreSQL's own function, so that the test sets the snapshot.
    await query(`create table present (snapshot pg_snapshot)`);
    await query(`insert into present values (pg_catalog.pg_current_snapshot())`);
    await query(
      `create function public.pg_current_snapshot() returns pg_snapshot language sql as 'select snapshot from present'`,
    );
    const url = new URL(database.url);
    url.searchParams.set('options', '-c search_path=public,pg_catalog');
    other = createDb({
      url: url.href,
      poolSize: 4,
      applicationName: 'incidents-test',
      onConnectionError: () => {},
    });
  });
  beforeEach(() => restart(other));
  afterAll(() => other.close());

  test('sends one reset, then the events of the new server at the same position', async () => {
    const client = await open();
    const before = client.found.lastId;
    const [lost] = await insertEvents(1);
    await query('update present set snapshot = pg_catalog.pg_current_snapshot()');
    await client.readEvents(1);
    const after = client.found.lastId;

    await query('update present set snapshot = $1', [before]);
    await client.readMessages(2);
    expect(client.found).toMatchObject({ kinds: ['commented', 'reset'], lastId: before });

    const [stored] = await insertEvents(1);
    await query(
      `update incident_events set transaction = (select transaction from incident_events where id = $1) where id = $2`,
      [lost, stored],
    );
    await query('delete from incident_events where id = $1', [lost]);
    await query('update present set snapshot = $1', [after]);
    await client.readMessages(3);
    expect(client.found).toMatchObject({
      kinds: ['commented', 'reset', 'commented'],
      events: [lost, stored],
      lastId: after,
    });
  });
});

describe('createEventStreams: the log line of an ended stream', () => {
  test.each([
    ['closed by the client', 'info', (client: Client) => client.close()],
    ['shutdown', 'info', () => streams.close()],
    [
      'client too slow',
      'warn',
      (client: Client) => {
        resetConnection(client.socket);
        return client.close();
      },
    ],
  ])('%s', async (reason, level, end) => {
    const client = await open();
    await end(client);
    expect(client.line()).toMatchObject({ level, reason, duration_ms: expect.any(Number) });
    // Once.
    await client.close();
    streams.close();
    expect(log.lines.filter(({ msg }) => msg === 'event stream ended')).toHaveLength(1);
  });

  test('not authorized', async () => {
    const client = await open({
      authorize: () => Promise.reject(new HttpProblem('unauthenticated')),
    });
    expect(await client.untilEnd()).toBe(true);
    expect(client.line()).toMatchObject({ level: 'info', reason: 'not authorized' });
  });

  test('error, when the database fails while missed events are read', async () => {
    const lastId = (await open()).found.lastId;
    restart();
    await insertEvents(1);
    const client = await open({ lastId });
    await database.db.pool.query('alter table incident_events rename to moved');
    try {
      void client.readEvents(1);
      await eventually(() =>
        expect(client.line()).toMatchObject({ level: 'warn', reason: 'error', err: expect.anything() }),
      );
      expect(client.socket.destroyed).toBe(true);
    } finally {
      await database.db.pool.query('alter table moved rename to incident_events');
    }
  });
});

type Client = Awaited<ReturnType<typeof open>>;
