import { cause, defaultPolicy, someIncident, storeIncident } from '@incidents/testing/fixtures/incidents';
import { backendsGone } from '@incidents/testing/postgres/backends';
import { type Cut, messageEnds, startCutOffProxy } from '@incidents/testing/postgres/cut-off-proxy';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { describe, expect, test } from 'vitest';
import { createDb } from '../../client.ts';
import type { IncidentRow } from './incident-row.ts';
import { type IncidentInsert, insertIncidents } from './insert-incident.ts';
import type { NewIncident } from './new-incident.ts';

const database = useTestDatabase();

test('stores the incident and queues its jobs', async () => {
  const incident = await storeIncident(
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
    severity: 'error',
    bot: null,
    assignee: null,
    labels: {},
    links: [],
    dedup_key: null,
    occurrences: 1,
    last_seen_at: incident.created_at,
    updated_at: incident.created_at,
    acknowledged_at: null,
    closed_at: null,
    escalates_at: null,
    version: 1,
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
  const incident = await storeIncident(
    database.db.kysely,
    { text, description, status: 'новый', source: '\\x00' },
    cause,
    [],
  );
  expect(incident).toMatchObject({ text, description, source: '\\x00' });
});

test('each report of a statement gets its own incident, with any sources and keys', async () => {
  const reports = [
    { text: 'first', source: 'c' },
    { text: 'second', source: 'a', key: 'of the second' },
    { text: 'third', source: 'b', dedup_key: 'y' },
    { text: 'fourth', source: 'a', dedup_key: 'z' },
    { text: 'fifth', source: 'b', key: 'of the fifth' },
    { text: 'sixth', source: 'a', dedup_key: 'y' },
  ];
  const results = await insertIncidents(
    database.db.kysely,
    reports.map(({ text, source, key, dedup_key }) => ({
      incident: someIncident({ text, source, dedup_key }),
      cause: { actor: 'worker', requestId: text },
      idempotency: key === undefined ? undefined : { key, fingerprint: text },
    })),
    [],
    defaultPolicy,
  );
  const incidents = results.map((result) => (result?.outcome === 'created' ? result.incident : undefined));
  expect(incidents).toEqual(
    reports.map(({ text, source }) => expect.objectContaining({ text, source, version: 1 })),
  );
  const { rows } = await database.db.pool.query(
    `select text, request_id from incident_events join incidents on incidents.id = incident_id
     where incident_id = any($1) order by incident_id`,
    [incidents.map((incident) => incident?.id)],
  );
  expect(rows).toHaveLength(reports.length);
  for (const { text, request_id } of rows) expect(request_id).toBe(text);
  const { rows: kept } = await database.db.pool.query(
    `select fingerprint, reply ->> 'text' as text from idempotency_keys where fingerprint = any($1)`,
    [['second', 'fifth']],
  );
  expect(kept).toHaveLength(2);
  for (const { fingerprint, text } of kept) expect(text).toBe(fingerprint);
});

test.each<Partial<NewIncident>>([
  {},
  { severity: null, bot: null, assignee: null, labels: null, links: null, dedup_key: null },
  { bot: '', assignee: '', labels: {}, links: [], dedup_key: '' },
  { severity: 'critical', bot: 'b', assignee: 'a', labels: { '"\\': '%s' }, links: ['https://bots.example'] },
  { text: `'"\\ $1 %s ☃ 𝕏 \u202e`, description: '\t\r\n\u0001\u007f\u0085\ufeff', source: '\\x00' },
  { status: 'в работе' },
  { status: 'закрыт', severity: 'info' },
])('a report alone is stored like each of two: %j', async (fields) => {
  const insert = {
    incident: someIncident(fields),
    cause: { actor: 'an actor', requestId: 'a request' },
  };
  const policy = { ...defaultPolicy, escalateAfterSeconds: { error: 60, critical: 30 } };
  const jobs = [
    { identifier: 'some_task', max_attempts: 7, notifies: true },
    { identifier: 'other_task', max_attempts: 1, notifies: false },
  ];

  async function store(inserts: IncidentInsert[]) {
    const results = await insertIncidents(database.db.kysely, inserts, jobs, policy);
    const incidents = results.map((result) => (result?.outcome === 'created' ? result.incident : undefined));
    const ids = incidents.map((incident) => incident?.id);
    const { rows } = await database.db.pool.query(
      `select to_jsonb(incident) - '{id,created_at,acknowledged_at,closed_at,escalates_at}'::text[] as fields,
         (acknowledged_at - created_at)::text as acknowledged, (closed_at - created_at)::text as closed,
         (escalates_at - created_at)::text as escalates, kind, changes, actor, request_id,
         (select json_agg(array[identifier, job.max_attempts::text] order by job.id)
          from graphile_worker._private_jobs as job join graphile_worker._private_tasks as task on task.id = task_id
          where job.payload::jsonb = jsonb_build_object(
            'incident_id', incident.id, 'event_id', event.id, 'request_id', event.request_id)) as jobs
       from incidents as incident left join incident_events as event on event.incident_id = incident.id
       where incident.id = any($1)`,
      [ids],
    );
    return incidents.map((incident, index) => ({ incident, row: rows[index] }));
  }

  const [alone] = await store([insert]);
  const { text, source } = insert.incident;
  expect(alone?.incident).toMatchObject({ text, source });
  expect(alone?.row).toMatchObject({ kind: 'created', actor: 'an actor', request_id: 'a request' });
  expect(alone?.row.jobs).toEqual([
    ['some_task', '7'],
    ['other_task', '1'],
  ]);
  for (const each of await store([insert, insert])) {
    expect(each.row).toEqual(alone?.row);
    expect(withoutTimes(each.incident)).toEqual(withoutTimes(alone?.incident));
  }
});

/** The times are compared in the rows. */
function withoutTimes(incident: IncidentRow | undefined) {
  const times = ['created_at', 'last_seen_at', 'updated_at', 'acknowledged_at', 'closed_at', 'escalates_at'];
  return Object.entries(incident ?? {}).map(([name, value]) =>
    name === 'id' || times.includes(name) ? [name, typeof value] : [name, value],
  );
}

describe('a connection that breaks', () => {
  const other = useTestDatabase();
  const tasks = ['first_task', 'second_task', 'third_task'];

  const patiently = { timeout: 120_000 };

  test.each([1, 3])('at any byte leaves all of a statement of %i, or nothing', patiently, async (count) => {
    const { pool } = other.db;
    // Ids of one length keep every conversation equally long.
    const firstId = 100_000 * count + 1;
    await pool.query('truncate incidents');
    await pool.query('delete from graphile_worker._private_jobs');
    await pool.query(`alter sequence incidents_id_seq restart ${firstId}`);

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
      const ids = await insertIncidents(
        db.kysely,
        Array.from({ length: count }, (_, index) => ({
          incident: someIncident({ text, description: `описание ${index}` }),
          cause: { ...cause, requestId: `request ${index}` },
        })),
        tasks.map((identifier) => ({ identifier, max_attempts: 25, notifies: true })),
        defaultPolicy,
      ).then(
        (results) =>
          results.map((result) => (result?.outcome === 'created' ? result.incident.id : undefined)),
        (error: unknown) => {
          if (cut === undefined) throw error;
          return undefined;
        },
      );
      await db.close();
      await proxy.close();
      return { text, ids, conversation: proxy.conversations[0] };
    };

    const whole = await insertThrough(undefined);
    expect(whole.ids).toEqual(Array.from({ length: count }, (_, index) => firstId + index));
    const cuts = (['to the server', 'to the client'] as const).flatMap((way) => {
      const bytes = whole.conversation?.[way] ?? Buffer.alloc(0);
      const ends = messageEnds(bytes, way);
      expect(ends.at(-1)).toBe(bytes.length);
      const points = new Set([0]);
      for (let point = 0; point < bytes.length; point += 8 * count) points.add(point);
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
    // The server has finished the statements of the disconnected client.
    await backendsGone(other.db, 'incidents-cut-off');

    const { rows: stored } = await pool.query<{ id: number; text: string }>(
      `select id, text, description, (
         select array_agg(task_identifier || ' of ' || (payload ->> 'request_id') order by task_identifier)
         from graphile_worker.jobs join graphile_worker._private_jobs using (id)
         where payload ->> 'incident_id' = incidents.id::text
       ) as jobs, (
         select array_agg(kind || ' by ' || request_id) from incident_events where incident_id = incidents.id
       ) as events
       from incidents order by id`,
    );
    const { rows: jobs } = await pool.query('select count(*) as count from graphile_worker.jobs');
    expect(jobs).toEqual([{ count: stored.length * tasks.length }]);

    const storedByText = Map.groupBy(stored, ({ text }) => text);
    for (const [text, incidents] of storedByText) {
      expect(incidents).toEqual(
        Array.from({ length: count }, (_, index) => ({
          id: expect.any(Number),
          text,
          description: `описание ${index}`,
          jobs: tasks.map((task) => `${task} of request ${index}`),
          events: [`created by request ${index}`],
        })),
      );
    }
    for (const { text, ids } of results) {
      if (ids !== undefined) expect(storedByText.get(text)?.map(({ id }) => id)).toEqual(ids);
    }

    const kinds = { 'lost before': 0, 'committed, reply lost': 0, success: 0 };
    for (const { text, ids } of results) {
      kinds[
        ids !== undefined ? 'success' : storedByText.has(text) ? 'committed, reply lost' : 'lost before'
      ]++;
    }
    expect(Object.entries(kinds).filter(([, count]) => count === 0)).toEqual([]);
    expect(results).toHaveLength(cuts.length);
  });
});
