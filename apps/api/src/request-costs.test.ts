import { setImmediate } from 'node:timers/promises';
import { Incident } from '@incidents/contracts';
import { createDb, type Db } from '@incidents/db/client';
import { afterChange } from '@incidents/testing/fixtures/incidents';
import { type CutOffProxy, startCutOffProxy } from '@incidents/testing/postgres/cut-off-proxy';
import { measureTraffic } from '@incidents/testing/postgres/traffic';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newIncident, useTestApp } from './testing/test-app.ts';

function useRecordedApp(poolSize: number) {
  let proxy: CutOffProxy;
  let db: Db;
  const testApp = useTestApp({ db: () => db });
  beforeAll(async () => {
    proxy = await startCutOffProxy(testApp.database.url);
    db = createDb({
      url: proxy.url,
      poolSize,
      applicationName: 'incidents-costs',
      planOnce: true,
      onConnectionError: () => {},
    });
  });
  afterAll(async () => {
    await db.close();
    await proxy.close();
  });
  return Object.assign(testApp, { measure: (work: () => Promise<unknown>) => measureTraffic(proxy, work) });
}

const create = async ({ post }: Pick<ReturnType<typeof useRecordedApp>, 'post'>) =>
  Incident.parse((await post('/incidents/', newIncident)).body);

describe('one request with a prepared statement', () => {
  const app = useRecordedApp(1);
  let incident: Incident;
  beforeAll(async () => {
    for (let count = 0; count < 100; count += 1) incident = await create(app);
  });

  let patches = 0;
  const patchStatus = () =>
    app.patch(`/incidents/${incident.id}`, { status: patches++ % 2 === 0 ? 'закрыт' : 'новый' });

  // Bytes: measured with `newIncident` and ids of three digits, plus about 10 %.
  test.each([
    {
      name: 'a create',
      statement: 'insert into incidents',
      send: () => app.post('/incidents/', newIncident),
      maxBytes: { toServer: 640, toClient: 640 },
    },
    {
      name: 'a patch',
      statement: 'update incidents',
      send: patchStatus,
      maxBytes: { toServer: 510, toClient: 710 },
    },
    {
      name: 'a patch that changes nothing',
      statement: 'update incidents',
      send: () => app.patch(`/incidents/${incident.id}`, { text: newIncident.text }),
      maxBytes: { toServer: 550, toClient: 710 },
    },
    {
      name: 'a list of 20',
      statement: 'from incidents',
      send: () => app.request('/incidents/?limit=20'),
      maxBytes: { toServer: 100, toClient: 12_000 },
    },
    {
      name: 'a list of 20 with skip',
      statement: 'from incidents',
      send: () => app.request('/incidents/?limit=20&skip=20'),
      maxBytes: { toServer: 100, toClient: 12_000 },
    },
    {
      name: 'an incident',
      statement: 'from incidents',
      send: () => app.request(`/incidents/${incident.id}`),
      maxBytes: { toServer: 80, toClient: 640 },
    },
  ])('$name takes one statement, one round trip, few bytes', async ({ statement, send, maxBytes }) => {
    await send();
    const { statements, roundTrips, bytesToServer, bytesToClient } = await app.measure(send);
    expect(statements).toEqual([expect.stringContaining(statement)]);
    expect(roundTrips).toBe(1);
    expect(bytesToServer).toBeLessThanOrEqual(maxBytes.toServer);
    expect(bytesToClient).toBeLessThanOrEqual(maxBytes.toClient);
  });
});

describe('50 concurrent requests', () => {
  const app = useRecordedApp(10);
  const COUNT = 50;
  /** Two run at a time, and a third has the waiting writes. A loaded machine may delay writes into two more. */
  const MAX_WRITE_STATEMENTS = 5;
  /** One runs at a time, and a second has the waiting reads. A loaded machine may delay reads into two more. */
  const MAX_READ_STATEMENTS = 4;

  const inOneTurn = <Result>(send: (index: number) => Promise<Result>) =>
    Promise.all(Array.from({ length: COUNT }, (_, index) => send(index)));

  /** Sends each in its own turn of the event loop; PostgreSQL replies after the last was read. */
  async function duringLongStatements<Result>(send: (index: number) => Promise<Result>): Promise<Result[]> {
    const replies: Promise<Result>[] = [];
    const { kysely } = app.database.db;
    await kysely.transaction().execute(async (transaction) => {
      await sql`lock table incidents in access exclusive mode`.execute(transaction);
      for (let turn = 0; turn < 3 * COUNT; turn += 1) {
        if (turn < COUNT) replies.push(send(turn));
        await setImmediate();
      }
    });
    return Promise.all(replies);
  }

  describe.each([
    ['in one turn of the event loop', inOneTurn],
    ['one by one during long statements', duringLongStatements],
  ])('%s', (_, sendAll) => {
    test('creates share a few inserts', async () => {
      const traffic = await app.measure(async () => {
        const incidents = await sendAll(() => create(app));
        expect(new Set(incidents.map(({ id }) => id)).size).toBe(COUNT);
      });
      expect(traffic.statements.length).toBeLessThanOrEqual(MAX_WRITE_STATEMENTS);
      for (const statement of traffic.statements) expect(statement).toContain('insert into incidents');
    });

    test('patches of different incidents share a few updates', async () => {
      const incidents = await inOneTurn(() => create(app));
      const traffic = await app.measure(async () => {
        const replies = await sendAll((index) =>
          app.patch(`/incidents/${incidents[index]?.id}`, { text: `текст ${index}` }),
        );
        expect(replies.map(({ body }) => body)).toEqual(
          incidents.map((incident, index) => afterChange(incident, { text: `текст ${index}` })),
        );
      });
      expect(traffic.statements.length).toBeLessThanOrEqual(MAX_WRITE_STATEMENTS);
      for (const statement of traffic.statements) expect(statement).toContain('update incidents');
    });

    test('pages of 20 in different places take at most 10 queries', async () => {
      await inOneTurn(() => create(app));
      const { body: newest } = await app.request(`/incidents/?limit=${COUNT}`);
      const traffic = await app.measure(async () => {
        const replies = await sendAll((index) => app.request(`/incidents/?limit=20&skip=${index}`));
        expect(replies.map(({ body }) => (body as Incident[])[0])).toEqual(newest);
      });
      expect(traffic.statements.length).toBeLessThanOrEqual(10);
    });

    test.each(['list', 'incident'])('equal reads of one %s share a few queries', async (what) => {
      const { id } = await create(app);
      const path = what === 'list' ? '/incidents/?limit=20' : `/incidents/${id}`;
      const traffic = await app.measure(async () => {
        const replies = await sendAll(() => app.request(path));
        expect(replies.map(({ status }) => status)).toEqual(Array(COUNT).fill(200));
      });
      expect(traffic.statements.length).toBeLessThanOrEqual(MAX_READ_STATEMENTS);
    });
  });
});

describe('a patch that changes nothing', () => {
  const { database, post, patch } = useTestApp();

  const stored = async () => {
    const tables = ['incidents', 'incident_events', 'incident_statistics_changes'];
    return Promise.all(
      [...tables, 'graphile_worker._private_jobs'].map(async (table) => {
        const { rows } = await database.db.pool.query(`select xmin::text as version, * from ${table}`);
        expect(rows).not.toEqual([]);
        return { table, rows };
      }),
    );
  };

  test.each([
    ['no field', {}],
    ['one field', { status: newIncident.status }],
    ['every field', newIncident],
  ])('of %s writes no row', async (_, changes) => {
    const { id } = await create({ post });
    const before = await stored();
    expect((await patch(`/incidents/${id}`, changes)).status).toBe(200);
    expect(await stored()).toEqual(before);
  });
});
