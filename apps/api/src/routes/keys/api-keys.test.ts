import { ApiKey, CreatedApiKey } from '@incidents/contracts';
import { beforeEach, describe, expect, test } from 'vitest';
import { bearer, keysIn } from '../../testing/keys.ts';
import { pagesFrom } from '../../testing/pages.ts';
import { useTestApp } from '../../testing/test-app.ts';

const { database, request, post } = useTestApp({ keys: { admin: 'a'.repeat(40) } });
const keys = keysIn(database);
const admin = bearer('a'.repeat(40));
const create = async (json: unknown) => {
  const { status, headers, body } = await post('/keys', json, admin);
  return { status, headers, body };
};
const revoke = (id: number | string) => request(`/keys/${id}`, { method: 'DELETE', headers: admin });

beforeEach(() => keys.clear());

describe('POST /keys', () => {
  test('has 256 random bits and is shown once', async () => {
    const { status, headers, body } = await create({ name: 'мониторинг', scopes: ['incidents:write'] });
    expect(status).toBe(201);
    expect(headers.get('cache-control')).toBe('no-store');
    const { key, ...rest } = CreatedApiKey.parse(body);
    expect(key).toMatch(/^inc_[\w-]{43}$/);
    expect(rest).toEqual({
      id: 1,
      name: 'мониторинг',
      prefix: key.slice(0, 12),
      scopes: ['incidents:write'],
      created_at: expect.any(String),
      expires_at: null,
      last_used_at: null,
      revoked_at: null,
    });
    const { body: listed } = await request('/keys', { headers: admin });
    expect(listed).toEqual([rest]);
    expect((await post('/incidents', {}, bearer(key))).status).toBe(422);
  });

  test('may share its name with another valid key', async () => {
    const [first, second] = [
      CreatedApiKey.parse((await create({ name: 'partner', scopes: ['incidents:read'] })).body),
      CreatedApiKey.parse((await create({ name: 'partner', scopes: ['incidents:read'] })).body),
    ];
    const list = (key: string) => request('/incidents', { headers: bearer(key) });
    expect((await list(second.key)).status).toBe(200);
    await revoke(second.id);
    expect((await list(first.key)).status).toBe(200);
  });

  test('shows its expiry, and each scope once', async () => {
    const { body } = await create({
      name: 'n',
      scopes: ['jobs:read', 'jobs:read', 'admin'],
      expires_at: '2099-06-01T03:00:00+03:00',
    });
    expect(body).toMatchObject({ expires_at: '2099-06-01T00:00:00.000Z', scopes: ['jobs:read', 'admin'] });
  });

  test.each([
    [{ scopes: ['admin'] }, 'body.name'],
    [{ name: '', scopes: ['admin'] }, 'body.name'],
    [{ name: 'x'.repeat(101), scopes: ['admin'] }, 'body.name'],
    [{ name: 'a\u0000b', scopes: ['admin'] }, 'body.name'],
    [{ name: 'n' }, 'body.scopes'],
    [{ name: 'n', scopes: [] }, 'body.scopes'],
    [{ name: 'n', scopes: 'admin' }, 'body.scopes'],
    [{ name: 'n', scopes: ['root'] }, 'body.scopes.0'],
    [{ name: 'n', scopes: ['admin'], expires_at: '2020-01-01T00:00:00Z' }, 'body.expires_at'],
    [{ name: 'n', scopes: ['admin'], expires_at: '2099-01-01' }, 'body.expires_at'],
    [{ name: 'n', scopes: ['admin'], expires_at: '9999-12-31T23:59:59-23:00' }, 'body.expires_at'],
    [{ name: 'n', scopes: ['admin'], expires_at: null }, 'body.expires_at'],
  ])('%j is refused', async (json, path) => {
    const { status, body } = await create(json);
    expect(status).toBe(422);
    expect(body).toMatchObject({ errors: [{ path }] });
    expect((await request('/keys', { headers: admin })).body).toEqual([]);
  });
});

test('GET /keys has pages', async () => {
  for (let number = 0; number < 5; number++) await keys.create(['jobs:read']);
  const pages = await pagesFrom('/keys?limit=2', async (target) => {
    const { headers, body } = await request(target, { headers: admin });
    return { entries: ApiKey.array().parse(body), headers };
  });
  expect(pages.map((page) => page.map(({ id }) => id))).toEqual([[1, 2], [3, 4], [5]]);
});

describe('a row changed by hand', () => {
  const set = (assignment: string) => database.db.pool.query(`update api_keys set ${assignment}`);

  test('with expiry "infinity" does not expire', async () => {
    const { key } = await keys.create(['incidents:read']);
    await set(`expires_at = 'infinity'`);
    expect((await request('/incidents', { headers: bearer(key) })).status).toBe(200);
    const { body } = await request('/keys', { headers: admin });
    expect(body).toMatchObject([{ expires_at: '9999-12-31T23:59:59.999Z' }]);
  });

  test('may have an unknown scope without effect', async () => {
    const { key } = await keys.create(['incidents:read']);
    await set(`scopes = '{incidents:read,root}'`);
    expect((await request('/incidents', { headers: bearer(key) })).status).toBe(200);
    expect((await request('/queue', { headers: bearer(key) })).status).toBe(403);
    expect((await request('/keys', { headers: admin })).body).toMatchObject([{ scopes: ['incidents:read'] }]);
  });
});

describe('DELETE /keys/{id}', () => {
  test('keeps the first time of revocation', async () => {
    const { id } = await keys.create(['jobs:read']);
    const first = await revoke(id);
    expect(first.status).toBe(200);
    expect(ApiKey.parse(first.body).revoked_at).not.toBeNull();
    expect((await revoke(id)).body).toEqual(first.body);
    expect((await request('/keys', { headers: admin })).body).toEqual([first.body]);
  });

  test('answers 404 for an unknown key', async () => {
    const { status, body } = await revoke(999);
    expect(status).toBe(404);
    expect(body).toMatchObject({ type: 'urn:incident-service:problem:api-key-not-found' });
    expect((await revoke('abc')).status).toBe(422);
  });
});
