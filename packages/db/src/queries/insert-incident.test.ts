import { describe, expect, test } from 'vitest';
import { createDb } from '../client.ts';
import { backendsGone } from '../testing/backends.ts';
import { type Cut, messageEnds, startCutOffProxy } from '../testing/cut-off-proxy.ts';
import { cause } from '../testing/incidents.ts';
import { useTestDatabase } from '../testing/test-database.ts';
import { insertIncident } from './insert-incident.ts';

const database = useTestDatabase();

test('stores the incident and queues its jobs', async () => {
  const incident = await insertIncident(
    database.db.kysely,
    { text: 'Бот молчит', description: 'с утра', status: 'новый', source: 'operator' },
    cause,
    [{ identifier: 'some_task', max_attempts: 7 }],
  );
  expect(incident).toEqual({
    id: 1,
    text: 'Бот молчит',
    description: 'с утра',
    status: 'новый',
    source: 'operator',
    created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
  });
  const { rows } = await database.db.pool.query(
    `select task_identifier, max_attempts, attempts, payload
     from graphile_worker.jobs join graphile_worker._private_jobs using (id, max_attempts, attempts)`,
  );
  expect(rows).toEqual([
    {
      task_identifier: 'some_task',
      max_attempts: 7,
      attempts: 0,
      payload: { request_id: 'r', incident_id: 1, event_id: 1 },
    },
  ]);
});

test('text comes back exactly as it went in', async () => {
  const text = `'; drop table incidents; -- "\\" $1 %s ☃ 𝕏 é e\u0301 \u202e\u200d ${'😀'.repeat(500)}`;
  const description = `\t\r\n\u0001\u007f\u0085\ufeff\ufffd{"a": null}`;
  const incident = await insertIncident(
    database.db.kysely,
    { text, description, status: 'новый', source: '\\x00' },
    cause,
    [],
  );
  expect(incident).toMatchObject({ text, description, source: '\\x00' });
});

describe('a connection that breaks', () => {
  const other = useTestDatabase();
  const tasks = ['first_task', 'second_task', 'third_task'];

  test('at any byte leaves the incident with all of its jobs, or neither', async () => {
    const { pool } = other.db;
    // Ids of one length keep every conversation equally long.
    await pool.query('alter sequence incidents_id_seq restart 100001');

    const insertThrough = async (cut: Cut | undefined) => {
      const proxy = await startCutOffProxy(other.url);
      proxy.cut = cut;
      const db = createDb({
        url: proxy.url,
        poolSize: 1,
        applicationName: 'incidents-cut-off',
        onConnectionError: () => {},
      });
      const text = cut
        ? `cut ${cut.way} after ${String(cut.after).padStart(5)}`
        : 'not cut at all                ';
      const id = await insertIncident(
        db.kysely,
        { text, description: 'описание', status: 'новый', source: 'operator' },
        cause,
        tasks.map((identifier) => ({ identifier, max_attempts: 25 })),
      ).then(
        (incident) => incident.id,
        () => undefined,
      );
      await db.close();
      await proxy.close();
      return { text, id, conversation: proxy.conversation };
    };

    const whole = await insertThrough(undefined);
    expect(whole.id).toBe(100_001);
    const cuts = (['to the server', 'to the client'] as const).flatMap((way) => {
      const bytes = whole.conversation[way];
      const ends = messageEnds(bytes, way);
      expect(ends.at(-1)).toBe(bytes.length);
      const points = new Set([0]);
      for (let point = 0; point < bytes.length; point += 8) points.add(point);
      for (const [index, end] of ends.entries()) {
        const begin = ends[index - 1] ?? 0;
        for (const point of [begin + 1, begin + 3, begin + 5, Math.floor((begin + end) / 2), end - 1, end]) {
          points.add(point);
        }
      }
      return [...points].filter((after) => after <= bytes.length).map((after) => ({ way, after }));
    });

    const results: Awaited<ReturnType<typeof insertThrough>>[] = [];
    const waiting = [...cuts];
    await Promise.all(
      Array.from({ length: 6 }, async () => {
        for (let cut = waiting.pop(); cut; cut = waiting.pop()) results.push(await insertThrough(cut));
      }),
    );
    // What the server still had to do when its client was gone is done now.
    await backendsGone(other.db, 'incidents-cut-off');

    const { rows: stored } = await pool.query<{ id: number; text: string; jobs: string[] | null }>(
      `select incidents.id, text, (
         select array_agg(task_identifier order by task_identifier)
         from graphile_worker.jobs join graphile_worker._private_jobs using (id)
         where payload ->> 'incident_id' = incidents.id::text
       ) as jobs
       from incidents`,
    );
    expect(stored.filter(({ jobs }) => jobs?.join() !== tasks.join())).toEqual([]);
    const { rows: counts } = await pool.query('select count(*) as jobs from graphile_worker.jobs');
    expect(counts).toEqual([{ jobs: stored.length * tasks.length }]);

    const idOf = new Map(stored.map(({ id, text }) => [text, id]));
    expect(idOf.size).toBe(stored.length);
    expect(results.filter(({ text, id }) => id !== undefined && idOf.get(text) !== id)).toEqual([]);

    const kinds = { 'lost before': 0, 'committed, reply lost': 0, success: 0 };
    for (const { text, id } of results) {
      kinds[id !== undefined ? 'success' : idOf.has(text) ? 'committed, reply lost' : 'lost before']++;
    }
    expect(Object.entries(kinds).filter(([, count]) => count < 5)).toEqual([]);
    expect(results).toHaveLength(cuts.length);
  });
});
