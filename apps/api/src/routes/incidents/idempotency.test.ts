import { Incident } from '@incidents/contracts';
import { beforeEach, describe, expect, test } from 'vitest';
import { newIncident, useTestApp } from '../../testing/test-app.ts';

const { post, database } = useTestApp();

let key = '';
beforeEach(() => {
  key = `request-${Math.random()}`;
});

const send = (fields: object = {}, headers: Record<string, string> = { 'Idempotency-Key': key }) =>
  post('/incidents/', { ...newIncident, ...fields }, headers);

const count = async (table: string) =>
  (await database.db.pool.query<{ count: number }>(`select count(*) as count from ${table}`)).rows[0]?.count;

describe('POST /incidents/ with an Idempotency-Key', () => {
  test('repeats the first answer to the same body, in any order of fields', async () => {
    const first = await send();
    const { text, ...rest } = newIncident;
    const again = await post('/incidents/', { ...rest, text }, { 'Idempotency-Key': key });
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.text).toBe(first.text);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    expect(again.headers.get('etag')).toBe(first.headers.get('etag'));
  });

  test('makes one incident and one set of jobs of 50 parallel requests', async () => {
    const [incidents, jobs] = [await count('incidents'), await count('graphile_worker._private_jobs')];
    const replies = await Promise.all(Array.from({ length: 50 }, () => send()));
    expect(replies.map(({ status }) => status)).toEqual(Array(50).fill(201));
    expect(new Set(replies.map(({ text }) => text)).size).toBe(1);
    expect(await count('incidents')).toBe(Number(incidents) + 1);
    expect(await count('graphile_worker._private_jobs')).toBe(Number(jobs) + 3);
  });

  test('answers 422 to another body', async () => {
    await send();
    const { status, body } = await send({ text: 'другой' });
    expect(status).toBe(422);
    expect(body).toMatchObject({ type: 'urn:incident-service:problem:idempotency-key-reused' });
  });

  test('stores no error', async () => {
    expect((await send({ text: '' })).status).toBe(422);
    expect((await send()).status).toBe(201);
  });

  test('repeats the 200 of a further report', async () => {
    const dedup_key = `key of ${key}`;
    await send({ dedup_key }, {});
    const first = await send({ dedup_key });
    const again = await send({ dedup_key });
    expect([first.status, again.status]).toEqual([200, 200]);
    expect(Incident.parse(again.body).occurrences).toBe(2);
  });

  test('answers 409 after 2 s while the first request is in progress', async () => {
    const client = await database.db.pool.connect();
    try {
      await client.query('begin');
      await client.query(
        `insert into idempotency_keys (actor, key, fingerprint, status, reply) values ('anonymous', $1, '', 201, '{}')`,
        [key],
      );
      const { status, body } = await send();
      expect(status).toBe(409);
      expect(body).toMatchObject({ type: 'urn:incident-service:problem:request-in-progress' });
    } finally {
      await client.query('rollback');
      client.release();
    }
    expect((await send()).status).toBe(201);
  });

  test.each(['', 'ключ', 'x'.repeat(256)])('refuses the key %j', async (refused) => {
    const { status, body } = await send(
      {},
      { 'Idempotency-Key': encodeURI(refused) === refused ? refused : 'a\u00e9' },
    );
    expect(status).toBe(422);
    expect(body).toMatchObject({ errors: [{ path: 'header.Idempotency-Key' }] });
  });
});
