import { eventually } from '@incidents/testing/eventually';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { bearer, keysIn } from '../testing/keys.ts';
import { newIncident, useTestApp } from '../testing/test-app.ts';

const ADMIN_KEY = 'an-admin-key-from-the-environment-0123456789';
const limited = useTestApp({ keys: {}, rateLimits: { reads: 2 } });
const { database, log, request, post } = useTestApp({ keys: { admin: ADMIN_KEY } });
const keys = keysIn(database);
const list = (headers: Record<string, string>) => request('/incidents', { headers });

const lookUps = () => {
  const select = vi.spyOn(database.db.kysely, 'selectFrom');
  return {
    times: () => select.mock.calls.filter(([table]) => table === 'api_keys').length,
    restore: () => select.mockRestore(),
  };
};

beforeEach(() => keys.clear());

describe('createKeyAuthentication', () => {
  describe('a key', () => {
    test.each([
      ['Authorization: Bearer', (key: string) => ({ Authorization: `Bearer ${key}` })],
      ['authorization: bearer', (key: string) => ({ authorization: `bearer   ${key}` })],
      ['X-API-Key', (key: string) => ({ 'X-API-Key': key })],
      [
        'X-API-Key, behind a proxy with its own login',
        (key: string) => ({ 'X-API-Key': key, Authorization: 'Basic eDp5' }),
      ],
    ])('is taken as %s', async (_, headers) => {
      const { key } = await keys.create(['incidents:read']);
      expect((await list(headers(key))).status).toBe(200);
    });

    test('in Authorization precedes one in X-API-Key', async () => {
      const { key } = await keys.create(['incidents:read']);
      expect((await list({ ...bearer('inc_other'), 'X-API-Key': key })).status).toBe(401);
    });

    test('permits its scopes; admin permits all', async () => {
      const reader = bearer((await keys.create(['incidents:read', 'jobs:read'])).key);
      const admin = bearer((await keys.create(['admin'])).key);
      expect((await list(reader)).status).toBe(200);
      expect((await request('/jobs', { headers: reader })).status).toBe(200);
      const { status, headers, body } = await post('/incidents', newIncident, reader);
      expect(status).toBe(403);
      expect(headers.get('www-authenticate')).toBe(
        'Bearer error="insufficient_scope", scope="incidents:write"',
      );
      expect(body).toMatchObject({ type: 'urn:incident-service:problem:insufficient-scope' });
      expect((await post('/incidents', newIncident, admin)).status).toBe(201);
      expect((await request('/keys', { headers: reader })).status).toBe(403);
      expect((await request('/keys', { headers: admin })).status).toBe(200);
    });

    test('is the actor in the history', async () => {
      const { id, key } = await keys.create(['incidents:read', 'incidents:write'], 'мониторинг');
      const { body } = await post('/incidents', newIncident, bearer(key));
      const { id: incident } = body as { id: number };
      await request(`/incidents/${incident}`, {
        method: 'PATCH',
        json: { status: 'закрыт' },
        headers: bearer(ADMIN_KEY),
      });
      const { body: events } = await request(`/incidents/${incident}/events`, { headers: bearer(key) });
      expect(events).toMatchObject([{ actor: `key:${id}:мониторинг` }, { actor: 'key:ADMIN_API_KEY' }]);
    });
  });

  describe('401 with a challenge', () => {
    test.each([
      ['no key', {}],
      ['an empty key', { 'X-API-Key': '' }],
      ['another scheme', { Authorization: 'Basic eDp5' }],
      ['two words after Bearer', { Authorization: 'Bearer a b' }],
      ['nothing after Bearer', { Authorization: 'Bearer ' }],
      ['an unknown key', bearer('inc_unknown')],
      ['bytes that are no text', { 'X-API-Key': '\xff\xfe' }],
    ] satisfies [string, Record<string, string>][])('%s', async (_, headers) => {
      const reply = await list(headers);
      expect(reply.status).toBe(401);
      expect(reply.headers.get('www-authenticate')).toMatch(/^Bearer( error="invalid_token")?$/);
      expect(reply.body).toMatchObject({ type: 'urn:incident-service:problem:unauthenticated' });
    });

    test('before the body is read', async () => {
      const { status } = await request('/incidents', {
        method: 'POST',
        body: '{',
        headers: bearer('inc_unknown'),
      });
      expect(status).toBe(401);
    });

    test('for revoked and expired keys', async () => {
      const revoked = await keys.create(['admin']);
      const expired = await keys.create(['admin']);
      await keys.revoke(revoked.id);
      await keys.expire(expired.id);
      for (const { key } of [revoked, expired]) expect((await list(bearer(key))).status).toBe(401);
    });
  });

  describe('a cached key', () => {
    test('is refused within five seconds after it was revoked', async () => {
      const { id, key } = await keys.create(['incidents:read']);
      expect((await list(bearer(key))).status).toBe(200);
      const revoked = performance.now();
      await keys.revoke(id);
      await eventually(async () => expect((await list(bearer(key))).status).toBe(401), 10_000);
      expect(performance.now() - revoked).toBeLessThan(5_000);
    });

    test('is refused after its expiry', async () => {
      const { id, key } = await keys.create(['incidents:read']);
      await database.db.pool.query(
        `update api_keys set expires_at = now() + interval '2 seconds' where id = $1`,
        [id],
      );
      expect((await list(bearer(key))).status).toBe(200);
      await eventually(async () => expect((await list(bearer(key))).status).toBe(401), 10_000);
    });

    test('is looked up once for concurrent requests', async () => {
      const { id, key } = await keys.create(['jobs:read']);
      await database.db.pool.query('update api_keys set last_used_at = now() where id = $1', [id]);
      const { times, restore } = lookUps();
      await Promise.all(Array.from({ length: 20 }, () => list(bearer(key))));
      expect(times()).toBe(1);
      restore();
    });

    test('is accepted at once after it was refused', async () => {
      const { id, key } = await keys.create(['incidents:read']);
      await keys.expire(id);
      expect((await list(bearer(key))).status).toBe(401);
      await database.db.pool.query('update api_keys set expires_at = null where id = $1', [id]);
      expect((await list(bearer(key))).status).toBe(200);
    });

    test('has its last use stored, to the minute', async () => {
      const { id, key } = await keys.create(['incidents:read']);
      const lastUse = async () => {
        const { rows } = await database.db.pool.query<{ last_used_at: Date | null }>(
          'select last_used_at from api_keys where id = $1',
          [id],
        );
        return rows[0]?.last_used_at?.getTime();
      };
      expect(await lastUse()).toBeUndefined();
      await list(bearer(key));
      await eventually(async () => expect(await lastUse()).toBeGreaterThan(Date.now() - 60_000));
    });
  });

  describe('a key whose row is locked', () => {
    test('still permits reads', async () => {
      const { id, key } = await keys.create(['incidents:read']);
      const other = await database.db.pool.connect();
      await other.query('begin');
      await other.query('update api_keys set name = name where id = $1', [id]);
      expect((await list(bearer(key))).status).toBe(200);
      await other.query('rollback');
      other.release();
    });
  });

  describe('a slow body', () => {
    test('is refused when its key was revoked meanwhile', async () => {
      const { id, key } = await keys.create(['incidents:write']);
      const json = new TextEncoder().encode(JSON.stringify(newIncident));
      const body = new ReadableStream<Uint8Array>({
        async start(controller) {
          controller.enqueue(json.slice(0, 10));
          await keys.revoke(id);
          await new Promise((resolve) => setTimeout(resolve, 3_200));
          controller.enqueue(json.slice(10));
          controller.close();
        },
      });
      const headers = { ...bearer(key), 'Content-Type': 'application/json' };
      const { status } = await request('/incidents', { method: 'POST', headers, body, duplex: 'half' });
      expect(status).toBe(401);
    });
  });

  test('counts refused requests, and closes the connection of an unread body', async () => {
    const reader = bearer((await keys.create(['incidents:read'])).key);
    const refused = await post('/incidents', newIncident, reader);
    expect(refused.status).toBe(403);
    expect(refused.headers.get('connection')).toBe('close');
    const app = { request: limited.request, from: '192.0.2.77' };
    const statuses = [];
    for (let count = 0; count < 4; count++)
      statuses.push((await app.request('/incidents', { from: app.from })).status);
    expect(statuses).toEqual([401, 401, 429, 429]);
  });

  describe('unknown keys', () => {
    test('share one look-up per 20 ms with valid ones', async () => {
      const good = await Promise.all(Array.from({ length: 3 }, () => keys.create(['jobs:read'])));
      await database.db.pool.query('update api_keys set last_used_at = now()');
      const { times, restore } = lookUps();
      const wrong = Array.from({ length: 200 }, (_, index) => ({ key: `inc_wrong_${index}` }));
      const replies = await Promise.all([...wrong, ...good].map(({ key }) => list(bearer(key))));
      expect(replies.map(({ status }) => status)).toEqual([...wrong.map(() => 401), ...good.map(() => 403)]);
      expect(times()).toBeLessThan(50);
      restore();
    });
  });

  test('counts each key separately, from any address', async () => {
    const app = { request: limited.request, keys: keysIn(limited.database) };
    const [a, b] = [await app.keys.create(['incidents:read']), await app.keys.create(['incidents:read'])];
    const status = async (key: string, from: string) =>
      (await app.request('/incidents', { headers: bearer(key), from })).status;
    expect([await status(a.key, '192.0.2.1'), await status(a.key, '192.0.2.2')]).toEqual([200, 200]);
    expect([await status(a.key, '192.0.2.3'), await status(b.key, '192.0.2.1')]).toEqual([429, 200]);
  });

  test('stores and logs no key', async () => {
    const { key } = await keys.create(['incidents:read']);
    await list(bearer(key));
    await list(bearer(`${key}x`));
    const { rows } = await database.db.pool.query("select *, encode(digest, 'escape') as text from api_keys");
    const secret = key.slice(12);
    expect(JSON.stringify(rows)).not.toContain(secret);
    expect(JSON.stringify(log.lines)).not.toContain(secret);
  });
});
