import type { Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Incident } from '@incidents/contracts';
import { eventually } from '@incidents/testing/eventually';
import { exchange } from '@incidents/testing/http/raw-http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { locales } from '../../locale/locales.ts';
import { closeServer, createHttpServer, listen } from '../../server.ts';
import { bearer, keysIn } from '../../testing/keys.ts';
import { openStream, type StreamClient } from '../../testing/stream-client.ts';
import { newIncident, type TestApp, useTestApp } from '../../testing/test-app.ts';

/** Serves the app of each test, as streams need real connections. */
function useServer(testApp: TestApp) {
  let server: Server;
  const clients: StreamClient[] = [];
  const sockets: Socket[] = [];
  beforeEach(async () => {
    const dependencies = { logger: testApp.log.logger, locale: locales.ru };
    server = createHttpServer(testApp.app, dependencies);
    server.on('connection', (socket) => sockets.push(socket));
    await listen(server, { host: '127.0.0.1', port: 0 });
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await closeServer(server, 0);
    sockets.length = 0;
  });
  const port = () => (server.address() as AddressInfo).port;
  return {
    port,
    /** Of the server, in the order of the connections. */
    sockets: () => sockets,
    async open(options?: Parameters<typeof openStream>[1]) {
      const client = await openStream(port(), options);
      clients.push(client);
      return client;
    },
  };
}

const kinds = (client: StreamClient) => client.messages.map(({ event }) => event);

describe('GET /incidents/stream', () => {
  const testApp = useTestApp({ maxInFlight: 1 });
  const { request, post, patch, database } = testApp;
  const { open, port, sockets } = useServer(testApp);
  const create = async (fields: object = {}) =>
    (await post('/incidents/', { ...newIncident, ...fields })).body as Incident;

  test('sends each event with the incident as it is now', async () => {
    const client = await open({ headers: { 'Accept-Encoding': 'gzip, br' } });
    expect(client.status).toBe(200);
    expect(client.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    expect(client.headers).not.toHaveProperty('content-encoding');
    const { description, links, ...created } = await create({ links: ['https://a.example'] });
    const [first] = await client.untilEvents(1);
    expect(first).toMatchObject({ event: { kind: 'created', incident_id: created.id }, incident: created });
    await patch(`/incidents/${created.id}`, { status: 'в работе', description: `${description}!` });
    const [, second] = await client.untilEvents(2);
    expect(second?.event.changes).toEqual({ status: { from: 'новый', to: 'в работе' } });
    expect(second?.incident).toMatchObject({ id: created.id, status: 'в работе', version: 2 });
    expect(client.text).not.toContain('description');
    expect(kinds(client)).toEqual(['created', 'updated']);
  });

  test('sends null for an incident that was deleted', async () => {
    const all = await open();
    const client = await open({ query: '?severity=info' });
    const { id } = await create();
    await all.untilEvents(1);
    expect((await request(`/incidents/${id}`, { method: 'DELETE' })).status).toBe(204);
    const [event] = await client.untilEvents(1);
    expect(event).toMatchObject({ event: { kind: 'deleted', incident_id: id }, incident: null });
  });

  test('filters as the list does, and says when an incident leaves the filter', async () => {
    const client = await open({ query: '?severity=critical&bot=@shop_bot' });
    const all = await open();
    await create({ severity: 'critical' });
    const { id } = await create({ severity: 'critical', bot: 'shop_bot' });
    let events = 2;
    for (const change of [
      { status: 'в работе' },
      { bot: 'other_bot' },
      { severity: 'info' },
      { status: 'закрыт' },
    ]) {
      // Each event has the incident as it is when the event is read.
      await all.untilEvents(events++);
      await patch(`/incidents/${id}`, change);
    }
    await all.untilEvents(6);
    expect(
      client.events.map(({ event }) => [event.incident_id, event.kind, Object.keys(event.changes)]),
    ).toEqual([
      [id, 'created', []],
      [id, 'updated', ['status']],
      [id, 'updated', ['bot']],
      [id, 'updated', ['severity']],
    ]);
    const refused = await open({ query: '?status=%00' });
    expect(refused.status).toBe(422);
  });

  test('continues after Last-Event-ID, without a gap or a repetition', async () => {
    const first = await open();
    const seen = await create();
    await first.untilEvents(1);
    first.close();
    const missed = [await create(), await create()];
    const second = await open({ headers: { 'Last-Event-ID': first.lastId } });
    const later = await create();
    const received = await second.untilEvents(3);
    expect(received.map(({ event }) => event.incident_id)).toEqual([...missed, later].map(({ id }) => id));
    expect(first.events.map(({ event }) => event.incident_id)).toEqual([seen.id]);
  });

  test('a stream without a message has a position to continue from', async () => {
    const first = await open();
    await eventually(() => expect(first.lastId).not.toBe(''));
    first.close();
    const { id } = await create();
    const second = await open({ headers: { 'Last-Event-ID': first.lastId } });
    expect((await second.untilEvents(1)).map(({ event }) => event.incident_id)).toEqual([id]);
  });

  test('sends events that a slow transaction commits after later ids, also to streams that reconnect', async () => {
    const stays = await open();
    const writer = await database.db.pool.connect();
    await writer.query('begin');
    await writer.query(
      `insert into incident_events (incident_id, kind, actor, request_id) values (1, 'commented', 'slow', 'r')`,
    );
    const leaves = await open();
    const { id } = await create();
    await leaves.untilEvents(1);
    leaves.close();
    await writer.query('commit');
    writer.release();
    const returns = await open({ headers: { 'Last-Event-ID': leaves.lastId } });
    expect((await returns.untilEvents(1)).map(({ event }) => event.actor)).toEqual(['slow']);
    const events = await stays.untilEvents(2);
    expect(events.map(({ event }) => [event.incident_id, event.kind])).toEqual([
      [id, 'created'],
      [1, 'commented'],
    ]);
  });

  test.each([
    ['no position', 'abc'],
    ['a position of another server', '9000000000:9000000000:'],
  ])('begins with reset after %s, and goes on', async (_, lastId) => {
    const client = await open({ headers: { 'Last-Event-ID': lastId } });
    await eventually(() => expect(kinds(client)).toEqual(['reset']));
    const { id } = await create();
    expect((await client.untilEvents(1))[0]?.incident?.id).toBe(id);
  });

  test('streams take no slot of the concurrency limiter', async () => {
    await Promise.all([open(), open(), open()]);
    expect((await request('/incidents/')).status).toBe(200);
  });

  test('HEAD has the headers only', async () => {
    const [reply] = await exchange(port(), 'HEAD /incidents/stream HTTP/1.1\r\nHost: localhost\r\n\r\n');
    expect(reply).toMatchObject({ status: 200, body: '' });
    expect(reply?.headers.get('content-type')).toBe('text/event-stream');
  });

  test('a client that does not read delays no other client, and gets each event when it reads again', async () => {
    const [slow, good] = [await open(), await open()];
    slow.pause();
    const [slowSocket] = sockets();
    const { id } = await create({ text: 'x'.repeat(1_000) });
    let sent = 1;
    // Until the buffers of the system are full.
    while (slowSocket?.writableLength === 0) {
      await database.db.pool.query(
        `insert into incident_events (incident_id, kind, actor, request_id, changes)
         select $1, 'updated', 'tester', 'r', jsonb_build_object('text', jsonb_build_object('from', repeat('y', 4000), 'to', ''))
         from generate_series(1, 400)`,
        [id],
      );
      sent += 400;
      await good.untilEvents(sent);
    }
    expect(slowSocket?.writableLength).toBeLessThan(64 * 1_024);
    slow.resume();
    const ids = (client: StreamClient) => client.events.map(({ event }) => event.id);
    await slow.untilEvents(sent);
    expect(ids(slow)).toEqual(ids(good));
  });
});

describe('with keys', () => {
  const testApp = useTestApp({ keys: {}, rateLimits: { reads: 2 } });
  const { open } = useServer(testApp);
  const keys = keysIn(testApp.database);

  test('ends the streams of a revoked key within five seconds, not those of others', async () => {
    const [revoked, other] = [await keys.create(['incidents:read']), await keys.create(['incidents:read'])];
    const [ends, stays] = [
      await open({ headers: bearer(revoked.key) }),
      await open({ headers: bearer(other.key) }),
    ];
    await keys.revoke(revoked.id);
    await eventually(() => expect(ends.hasEnded).toBe(true), 5_000);
    expect(stays.hasEnded).toBe(false);
  });

  test('the rate limit counts openings', async () => {
    const { key } = await keys.create(['incidents:read']);
    const statuses: (number | undefined)[] = [];
    for (let count = 0; count < 3; count++) {
      statuses.push((await open({ headers: bearer(key) })).status);
    }
    expect(statuses).toEqual([200, 200, 429]);
  });
});

describe('with too many streams', () => {
  const testApp = useTestApp({ maxStreams: 2 });
  const { open } = useServer(testApp);

  test('answers 503 with Retry-After until one ends', async () => {
    const [first] = [await open(), await open()];
    const refused = await open();
    expect(refused.status).toBe(503);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    first.close();
    await eventually(async () => expect((await open()).status).toBe(200));
  });
});

describe('without a database', () => {
  const testApp = useTestApp({ database: 'unreachable' });
  const { open } = useServer(testApp);

  test('answers 503', async () => {
    expect((await open()).status).toBe(503);
  });
});
