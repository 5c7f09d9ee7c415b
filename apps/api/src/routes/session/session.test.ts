import { eventually } from '@incidents/testing/eventually';
import { beforeEach, describe, expect, test } from 'vitest';
import { bearer, keysIn } from '../../testing/keys.ts';
import { newIncident, useTestApp } from '../../testing/test-app.ts';

const ADMIN_KEY = 'an-admin-key-from-the-environment-0123456789';
const testApp = useTestApp({ keys: { admin: ADMIN_KEY }, corsOrigins: ['https://ops.example.com'] });
const { database, log, request, post } = testApp;
const otherAdmin = useTestApp({ keys: { admin: `${ADMIN_KEY}-changed` }, db: () => database.db });
const withoutAdmin = useTestApp({ keys: {}, db: () => database.db });
const open = useTestApp();
const behindProxy = useTestApp({ keys: { admin: ADMIN_KEY }, trustedProxyHops: 2 });
const limited = useTestApp({ keys: { admin: ADMIN_KEY }, rateLimits: { writes: 2 } });
const keys = keysIn(database);

const signIn = async (key: string) => {
  const reply = await post('/session', { key });
  expect(reply.status).toBe(201);
  return { ...reply, cookie: (reply.headers.get('set-cookie') ?? '').split(';')[0] ?? '' };
};
const who = (cookie: string) => request('/session', { headers: { Cookie: cookie } });
const fromConsole = { 'X-Requested-By': 'console' };

beforeEach(() => keys.clear());

describe('POST /session', () => {
  test('sets a cookie that pages cannot read, and answers the holder of the key', async () => {
    const { id, key } = await keys.create(['incidents:read'], 'Анна');
    const { headers, body, cookie } = await signIn(key);
    expect(headers.get('set-cookie')).toMatch(
      /^incidents_session=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    expect(headers.get('cache-control')).toBe('no-store');
    expect(body).toMatchObject({
      auth: 'keys',
      actor: `key:${id}:Анна`,
      key_id: id,
      key_name: 'Анна',
      scopes: ['incidents:read'],
    });
    const { expires_at } = body as { expires_at: string };
    expect(Math.abs(Date.parse(expires_at) - Date.now() - 12 * 3_600_000)).toBeLessThan(60_000);
    expect((await who(cookie)).body).toEqual(body);
  });

  test.each([
    ['https, http', 'Strict; Secure'],
    ['HTTPS', 'Strict; Secure'],
    ['http, https', 'Strict'],
    ['https, http, http', 'Strict'],
    [undefined, 'Strict'],
  ])('behind two proxies with X-Forwarded-Proto %s ends with %s', async (scheme, end) => {
    const headers: Record<string, string> = scheme === undefined ? {} : { 'X-Forwarded-Proto': scheme };
    const { headers: replied } = await behindProxy.post('/session', { key: ADMIN_KEY }, headers);
    expect(replied.get('set-cookie')?.split('SameSite=')[1]).toBe(end);
  });

  test('ignores X-Forwarded-Proto without a trusted proxy', async () => {
    const { headers } = await post('/session', { key: ADMIN_KEY }, { 'X-Forwarded-Proto': 'https' });
    expect(headers.get('set-cookie')).not.toContain('Secure');
  });

  test.each(['inc_unknown', 'x', '\ufffd'])('answers 401 to key %s', async (key) => {
    const { status, headers, body } = await post('/session', { key });
    expect(status).toBe(401);
    expect(headers.get('set-cookie')).toBeNull();
    expect(body).toMatchObject({ type: 'urn:incident-service:problem:unauthenticated' });
  });

  test.each(['revoke', 'expire'] as const)('answers 401 after %s', async (end) => {
    const { id, key } = await keys.create(['admin']);
    await keys[end](id);
    expect((await post('/session', { key })).status).toBe(401);
  });

  test('limits failed sign-ins per address like failed keys', async () => {
    const attempt = async (key: string, from: string) =>
      (await limited.request('/session', { method: 'POST', json: { key }, from })).status;
    const statuses = [];
    for (let count = 0; count < 3; count++) statuses.push(await attempt(`inc_${count}`, '192.0.2.9'));
    expect(statuses).toEqual([401, 401, 429]);
    expect(await attempt('inc_other', '192.0.2.10')).toBe(401);
    expect(await attempt(ADMIN_KEY, '192.0.2.9')).toBe(201);
  });

  test('replaces the session of the cookie', async () => {
    const { key } = await keys.create(['admin']);
    const { cookie } = await signIn(key);
    await post('/session', { key }, { Cookie: cookie });
    expect((await who(cookie)).status).toBe(401);
  });

  test('stores and logs neither key nor id', async () => {
    const { key } = await keys.create(['admin']);
    const { cookie } = await signIn(key);
    const id = cookie.split('=')[1] ?? '';
    await who(cookie);
    const { rows } = await database.db.pool.query("select *, encode(digest, 'escape') as text from sessions");
    expect(rows).toHaveLength(1);
    for (const secret of [key.slice(12), id]) {
      expect(JSON.stringify(rows)).not.toContain(secret);
      expect(JSON.stringify(log.lines)).not.toContain(secret);
    }
  });

  test('sets no cookie with AUTH=off', async () => {
    const { status, headers, body } = await open.post('/session', { key: 'anything' });
    expect(status).toBe(201);
    expect(headers.get('set-cookie')).toBeNull();
    expect(body).toEqual({
      auth: 'off',
      actor: 'anonymous',
      key_id: null,
      key_name: null,
      scopes: ['admin'],
      expires_at: null,
    });
    expect((await open.request('/session')).body).toEqual(body);
  });
});

describe('a session', () => {
  test('has the scopes of its key, also of a changed one, and is its actor', async () => {
    const { id, key } = await keys.create(['incidents:read', 'incidents:write'], 'Анна');
    const { cookie } = await signIn(key);
    const headers = { Cookie: cookie, ...fromConsole };
    const created = await post('/incidents', newIncident, headers);
    expect(created.status).toBe(201);
    const { id: incident } = created.body as { id: number };
    const { body: events } = await request(`/incidents/${incident}/events`, { headers });
    expect(events).toMatchObject([{ actor: `key:${id}:Анна` }]);
    expect((await request('/jobs', { headers })).status).toBe(403);
    await database.db.pool.query(`update api_keys set scopes = '{jobs:read}' where id = $1`, [id]);
    await eventually(async () => expect((await request('/jobs', { headers })).status).toBe(200), 10_000);
  });

  test('counts for the rate limit of its key', async () => {
    const { key } = await keysIn(limited.database).create(['incidents:write']);
    const first = await limited.post('/session', { key });
    const headers = { Cookie: first.headers.get('set-cookie')?.split(';')[0] ?? '', ...fromConsole };
    expect((await limited.post('/incidents', newIncident, headers)).status).toBe(201);
    expect((await limited.post('/incidents', newIncident, bearer(key))).status).toBe(429);
  });

  test.each(['revoke', 'expire'] as const)('ends within five seconds after %s of its key', async (end) => {
    const { id, key } = await keys.create(['incidents:read']);
    const { cookie } = await signIn(key);
    expect((await who(cookie)).status).toBe(200);
    const endedAt = performance.now();
    await keys[end](id);
    await eventually(async () => expect((await who(cookie)).status).toBe(401), 10_000);
    expect(performance.now() - endedAt).toBeLessThan(5_000);
  });

  test('ends with a key that is deleted by hand', async () => {
    const { id, key } = await keys.create(['incidents:read']);
    const { cookie } = await signIn(key);
    await database.db.pool.query('delete from api_keys where id = $1', [id]);
    await eventually(async () => expect((await who(cookie)).status).toBe(401), 5_000);
  });

  test('ends at its expiry, and at that of its key when that is earlier', async () => {
    const { id, key } = await keys.create(['incidents:read']);
    const { cookie } = await signIn(key);
    await database.db.pool.query(
      `update api_keys set expires_at = date_trunc('second', now()) + interval '2 hours' where id = $1`,
      [id],
    );
    await eventually(async () => {
      const { expires_at } = (await who(cookie)).body as { expires_at: string };
      expect(Date.parse(expires_at) - Date.now()).toBeLessThan(2.1 * 3_600_000);
    }, 5_000);
    await database.db.pool.query(`update sessions set expires_at = now() - interval '1 ms'`);
    await eventually(async () => expect((await who(cookie)).status).toBe(401), 5_000);
  });

  test('of ADMIN_API_KEY ends when the variable changes', async () => {
    const { cookie, body } = await signIn(ADMIN_KEY);
    expect(body).toMatchObject({ actor: 'key:ADMIN_API_KEY', key_id: null, scopes: ['admin'] });
    const headers = { Cookie: cookie };
    expect((await request('/keys', { headers })).status).toBe(200);
    for (const app of [otherAdmin, withoutAdmin])
      expect((await app.request('/keys', { headers })).status).toBe(401);
    expect((await request('/keys', { headers })).status).toBe(200);
  });

  test('is not looked at beside a key', async () => {
    const { key } = await keys.create(['incidents:read']);
    const { cookie } = await signIn(key);
    expect((await request('/session', { headers: { Cookie: cookie, ...bearer('inc_x') } })).status).toBe(401);
    const headers = { Cookie: cookie, Authorization: 'Basic eDp5' };
    expect((await request('/session', { headers })).status).toBe(200);
  });

  test.each(['', 'x', `${'x'.repeat(42)}"`, '%00'.repeat(20)])('is not looked up with id %s', async (id) => {
    expect((await who(`incidents_session=${id}`)).status).toBe(401);
  });

  describe('as an author of changes', () => {
    test.each<[string, Record<string, string>, number]>([
      ['no sign of its origin', {}, 403],
      ['X-Requested-By', { 'X-Requested-By': 'console' }, 201],
      ['Sec-Fetch-Site: same-origin', { 'Sec-Fetch-Site': 'same-origin' }, 201],
      ['Sec-Fetch-Site: same-site', { 'Sec-Fetch-Site': 'same-site', Origin: 'http://localhost' }, 403],
      ['Sec-Fetch-Site: cross-site', { 'Sec-Fetch-Site': 'cross-site' }, 403],
      ['Sec-Fetch-Site: none', { 'Sec-Fetch-Site': 'none' }, 403],
      ['the Origin of this host', { Origin: 'https://localhost', Host: 'localhost' }, 201],
      ['the Origin of another port', { Origin: 'http://localhost:3000', Host: 'localhost' }, 403],
      ['the Origin of another host', { Origin: 'https://evil.example', Host: 'localhost' }, 403],
      ['an Origin of CORS_ORIGINS', { Origin: 'https://ops.example.com', Host: 'localhost' }, 403],
      ['Origin: null', { Origin: 'null', Host: 'localhost' }, 403],
    ])('with %s', async (_, headers, expected) => {
      const { cookie } = await signIn(ADMIN_KEY);
      const reply = await post('/incidents', newIncident, { Cookie: cookie, ...headers });
      expect(reply.status).toBe(expected);
      if (expected === 403)
        expect(reply.body).toMatchObject({ type: 'urn:incident-service:problem:not-same-origin' });
    });

    test('gives pages of CORS_ORIGINS neither credentials nor X-Requested-By', async () => {
      const Origin = 'https://ops.example.com';
      const preflight = await testApp.app.request('/incidents', {
        method: 'OPTIONS',
        headers: {
          Origin,
          'Access-Control-Request-Method': 'POST',
          'Access-Control-Request-Headers': 'x-requested-by',
        },
      });
      expect(preflight.headers.get('access-control-allow-origin')).toBe(Origin);
      expect(preflight.headers.get('access-control-allow-headers')?.toLowerCase()).not.toContain('requested');
      const read = await testApp.app.request('/session', { headers: { Origin } });
      for (const { headers } of [preflight, read])
        expect(headers.get('access-control-allow-credentials')).toBeNull();
    });
  });
});

describe('DELETE /session', () => {
  test('ends the session and its cookie, not the key', async () => {
    const { key } = await keys.create(['incidents:read'], 'Анна');
    const { cookie } = await signIn(key);
    const other = await signIn(key);
    const headers = { Cookie: cookie, ...fromConsole };
    const reply = await request('/session', { method: 'DELETE', headers });
    expect(reply.status).toBe(200);
    expect(reply.body).toMatchObject({ key_name: 'Анна' });
    expect(reply.headers.get('set-cookie')).toBe(
      'incidents_session=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict',
    );
    expect((await who(cookie)).status).toBe(401);
    expect((await who(other.cookie)).status).toBe(200);
    expect((await request('/session', { headers: bearer(key) })).body).toMatchObject({
      key_name: 'Анна',
      expires_at: null,
    });
  });
});
