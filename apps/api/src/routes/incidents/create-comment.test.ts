import { Incident, IncidentEvent } from '@incidents/contracts';
import { waitingForLock } from '@incidents/testing/postgres/backends';
import { beforeEach, describe, expect, test } from 'vitest';
import { refusalsOf } from '../../testing/incident-json.ts';
import { newIncident, useTestApp } from '../../testing/test-app.ts';

const { request, post, database } = useTestApp();

let incident: Incident;
let target = '';
let key: Record<string, string> = {};
beforeEach(async () => {
  incident = Incident.parse((await post('/incidents/', newIncident)).body);
  target = `/incidents/${incident.id}/comments`;
  key = { 'Idempotency-Key': `comment-${Math.random()}` };
});

const comment = (text: unknown = 'Перезапустил', headers: Record<string, string> = {}) =>
  post(target, { text }, headers);
const history = async () => (await request(`/incidents/${incident.id}/events`)).body;
const countJobs = async () => {
  const { rows } = await database.db.pool.query('select count(*) as jobs from graphile_worker._private_jobs');
  return rows[0]?.jobs;
};

describe('POST /incidents/{id}/comments', () => {
  test.each(['/comments', '/comments/'])(
    'answers 201 with the event, which the history has, at %s',
    async (path) => {
      const { status, body } = await post(`/incidents/${incident.id}${path}`, { text: ' т\n😀 ' });
      expect(status).toBe(201);
      expect(IncidentEvent.parse(body)).toEqual({
        id: expect.any(Number),
        incident_id: incident.id,
        kind: 'commented',
        changes: {},
        comment: ' т\n😀 ',
        actor: 'anonymous',
        request_id: expect.any(String),
        at: expect.any(String),
      });
      expect(await history()).toEqual([expect.objectContaining({ kind: 'created' }), body]);
    },
  );

  test('leaves the incident as it is and queues no job', async () => {
    const jobs = await countJobs();
    await comment();
    expect((await request(`/incidents/${incident.id}`)).body).toEqual(incident);
    expect(await countJobs()).toBe(jobs);
  });

  test('answers 404 without the incident, also after a deletion by hand', async () => {
    expect((await post('/incidents/999999/comments', { text: 'т' })).status).toBe(404);
    await database.db.pool.query('delete from incidents where id = $1', [incident.id]);
    expect((await comment()).status).toBe(404);
    const { rows } = await database.db.pool.query('select kind from incident_events where incident_id = $1', [
      incident.id,
    ]);
    expect(rows).toEqual([{ kind: 'created' }]);
  });

  test('accepts 4,000 characters, as code points', async () => {
    const text = '😀'.repeat(4_000);
    expect(await comment(text)).toMatchObject({ status: 201, body: { comment: text } });
  });

  test.each([
    ['', 'too_small'],
    ['x'.repeat(4_001), 'too_big'],
    ['a\0b', 'nul_character'],
    ['\ud800', 'lone_surrogate'],
    [null, 'invalid_type'],
    [undefined, 'required'],
  ])('refuses the text %j', async (text, code) => {
    const { status, body } = await post(target, { text });
    expect(status).toBe(422);
    expect(refusalsOf(body)).toEqual([`body.text ${code}`]);
  });

  test('waits for a deletion under way', async () => {
    const client = await database.db.pool.connect();
    await client.query('begin');
    await client.query('delete from incidents where id = $1', [incident.id]);
    const waiting = comment();
    await waitingForLock(database.db, 'incidents-test');
    await client.query('commit');
    client.release();
    expect((await waiting).status).toBe(404);
  });
});

describe('POST /incidents/{id}/comments with an Idempotency-Key', () => {
  test('repeats the first answer to the same comment', async () => {
    const first = await comment('т', key);
    const again = await comment('т', key);
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.body).toEqual(first.body);
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(await history()).toHaveLength(2);
  });

  test('makes one comment of 50 parallel requests', async () => {
    const replies = await Promise.all(Array.from({ length: 50 }, () => comment('т', key)));
    expect(replies.map(({ status }) => status)).toEqual(Array(50).fill(201));
    expect(new Set(replies.map(({ body }) => IncidentEvent.parse(body).id)).size).toBe(1);
    expect(await history()).toHaveLength(2);
  });

  test('answers 422 to another text, another incident and another operation', async () => {
    await comment('т', key);
    const other = Incident.parse((await post('/incidents/', newIncident)).body);
    for (const { status, body } of [
      await comment('другой', key),
      await post(`/incidents/${other.id}/comments`, { text: 'т' }, key),
      await post('/incidents/', newIncident, key),
    ]) {
      expect(status).toBe(422);
      expect(body).toMatchObject({ type: 'urn:incident-service:problem:idempotency-key-reused' });
    }
  });

  test('stores no error', async () => {
    expect((await post('/incidents/999999/comments', { text: 'т' }, key)).status).toBe(404);
    expect((await comment('т', key)).status).toBe(201);
  });

  test('answers 409 after its time limit while the first request is in progress', async () => {
    const client = await database.db.pool.connect();
    await client.query('begin');
    await client.query(
      `insert into idempotency_keys (actor, key, fingerprint, status, reply) values ('anonymous', $1, '', 201, '{}')`,
      [key['Idempotency-Key']],
    );
    const { status, body } = await comment('т', key);
    await client.query('rollback');
    client.release();
    expect(status).toBe(409);
    expect(body).toMatchObject({ type: 'urn:incident-service:problem:request-in-progress' });
  });
});
