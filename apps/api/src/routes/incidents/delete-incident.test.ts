import { Incident, type IncidentEvent, Statistics } from '@incidents/contracts';
import { applyStatisticsChanges } from '@incidents/db/queries/statistics/apply-statistics-changes';
import { waitingForLock } from '@incidents/testing/postgres/backends';
import { beforeEach, describe, expect, test } from 'vitest';
import { insertDelivery } from '../../testing/deliveries.ts';
import { newIncident, useTestApp } from '../../testing/test-app.ts';

const { request, post, patch, database } = useTestApp();

let incident: Incident;
let path = '';
const report = async (fields: object = {}) =>
  Incident.parse((await post('/incidents/', { ...newIncident, ...fields })).body);
beforeEach(async () => {
  incident = await report();
  path = `/incidents/${incident.id}`;
});

const remove = (headers: Record<string, string> = {}) => request(path, { method: 'DELETE', headers });

async function rowsOf<Row extends object>(query: string): Promise<Row[]> {
  return (await database.db.pool.query<Row>(query, [incident.id])).rows;
}

describe('DELETE /incidents/{id}', () => {
  test.each(['', '/'])(
    'answers 204 without a body, and 404 from then on, with the path suffix %j',
    async (suffix) => {
      const { status, text, headers } = await request(`${path}${suffix}`, { method: 'DELETE' });
      expect([status, text, headers.get('content-type')]).toEqual([204, '', null]);
      const replies = [
        await request(path),
        await request(path, { headers: { 'If-None-Match': '"1"' } }),
        await patch(path, { status: 'закрыт' }),
        await patch(path, {}),
        await request(`${path}/events`),
        await request(`${path}/deliveries`),
        await post(`${path}/comments`, { text: 'т' }),
        await remove(),
      ];
      expect(replies.map(({ status }) => status)).toEqual(Array(8).fill(404));
    },
  );

  test('moves the row and keeps the history, which ends with the event', async () => {
    await patch(path, { assignee: 'Анна', labels: { region: 'eu' } });
    const [row] = await rowsOf('select to_jsonb(incidents) as row from incidents where id = $1');
    await remove({ 'X-Request-Id': 'removal' });
    expect(await rowsOf('select incident as row, deleted_by from deleted_incidents where id = $1')).toEqual([
      { ...row, deleted_by: 'anonymous' },
    ]);
    expect(
      await rowsOf(
        'select kind, actor, changes, request_id from incident_events where incident_id = $1 order by id',
      ),
    ).toMatchObject([
      { kind: 'created' },
      { kind: 'updated' },
      { kind: 'deleted', actor: 'anonymous', changes: {}, request_id: 'removal' },
    ]);
  });

  test('can be undone in the database', async () => {
    await patch(path, { labels: { region: 'eu' }, links: ['https://example.org'], status: 'в работе' });
    const { body } = await request(path);
    await remove();
    await rowsOf(
      `with deleted as (delete from deleted_incidents where id = $1 returning incident)
       insert into incidents select (jsonb_populate_record(null::incidents, incident)).* from deleted`,
    );
    expect((await request(path)).body).toEqual(body);
    expect((await remove()).status).toBe(204);
  });

  test('takes it out of lists and statistics, with a job for them', async () => {
    const source = `source ${incident.id}`;
    await patch(path, { source });
    const count = async () => {
      await applyStatisticsChanges(database.db.kysely);
      const { by_source } = Statistics.parse((await request('/statistics')).body);
      return by_source[source];
    };
    expect(await count()).toBe(1);
    await remove();
    expect(await count()).toBeUndefined();
    const { body } = await request('/incidents/');
    expect((body as Incident[]).map(({ id }) => id)).not.toContain(incident.id);
    const [event] = await rowsOf<IncidentEvent>(
      `select id from incident_events where incident_id = $1 and kind = 'deleted'`,
    );
    const { rows } = await database.db.pool.query(
      `select task_identifier as task from graphile_worker.jobs join graphile_worker._private_jobs using (id)
       where payload ->> 'event_id' = $1`,
      [String(event?.id)],
    );
    expect(rows).toEqual([{ task: 'update_incident_statistics' }]);
  });

  test('answers 404 for the deliveries of the incident, which stay', async () => {
    await insertDelivery(database, { incident_id: incident.id, event_id: incident.id });
    await remove();
    expect((await request(`${path}/deliveries`)).status).toBe(404);
    expect(await rowsOf('select state from deliveries where incident_id = $1')).toEqual([
      { state: 'pending' },
    ]);
  });

  test('frees the dedup_key', async () => {
    incident = await report({ dedup_key: 'ключ' });
    path = `/incidents/${incident.id}`;
    await remove();
    const next = await report({ dedup_key: 'ключ' });
    expect(next.id).not.toBe(incident.id);
    expect(next.occurrences).toBe(1);
  });

  test('of 20 parallel ones succeeds once', async () => {
    const statuses = (await Promise.all(Array.from({ length: 20 }, () => remove()))).map(
      ({ status }) => status,
    );
    expect(statuses.toSorted()).toEqual([204, ...Array(19).fill(404)]);
    expect(
      await rowsOf(`select id from incident_events where incident_id = $1 and kind = 'deleted'`),
    ).toHaveLength(1);
  });

  test('beside changes and comments leaves no line after its event', async () => {
    const work = (index: number) => [
      patch(path, { text: `текст ${index}` }),
      post(`${path}/comments`, { text: `комментарий ${index}` }),
    ];
    await Promise.all([
      ...Array.from({ length: 10 }, (_, index) => work(index)).flat(),
      remove(),
      ...work(10),
    ]);
    const kinds = await rowsOf<{ kind: string }>(
      'select kind from incident_events where incident_id = $1 order by id',
    );
    expect(kinds.map(({ kind }) => kind).indexOf('deleted')).toBe(kinds.length - 1);
  });
});

describe('DELETE /incidents/{id} with If-Match', () => {
  test('answers 412 with the present incident to another version, and deletes nothing', async () => {
    await patch(path, { text: 'новее' });
    const { status, body } = await remove({ 'If-Match': '"1"' });
    expect(status).toBe(412);
    expect(body).toMatchObject({
      type: 'urn:incident-service:problem:version-mismatch',
      incident: { id: incident.id, text: 'новее', version: 2 },
    });
    expect((await request(path)).status).toBe(200);
    expect(await rowsOf('select id from deleted_incidents where id = $1')).toEqual([]);
  });

  test.each(['"1"', '"7", "1"', '*'])('deletes the version of %s', async (tag) => {
    expect((await remove({ 'If-Match': tag })).status).toBe(204);
  });

  test('sees the version that a change under way commits', async () => {
    const client = await database.db.pool.connect();
    await client.query('begin');
    await client.query(`update incidents set text = 'от руки' where id = $1`, [incident.id]);
    const waiting = remove({ 'If-Match': '"1"' });
    await waitingForLock(database.db, 'incidents-test');
    await client.query('commit');
    client.release();
    expect((await waiting).status).toBe(412);
  });
});
