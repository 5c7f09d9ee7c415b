import { Scope } from '@incidents/contracts';
import { eventually } from '@incidents/testing/eventually';
import { beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import document from '../openapi.json' with { type: 'json' };
import { routes } from './routes/index.ts';
import { bearer, keysIn } from './testing/keys.ts';
import { useTestApp } from './testing/test-app.ts';

const { database, request } = useTestApp({ keys: {} });
const keys = keysIn(database);

const Operation = z.object({
  operationId: z.string(),
  security: z.union([
    z.tuple([]),
    z.tuple([
      z.object({ bearer: z.array(Scope).max(1) }),
      z.object({ header: z.array(Scope).max(1) }),
      z.object({ cookie: z.array(Scope).max(1) }),
    ]),
  ]),
});
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => {
    const { operationId, security } = Operation.parse(operation);
    const target = path.replaceAll(/\{\w+\}/g, '1');
    const scope = security[0] && (security[0].bearer[0] ?? 'any_key');
    return { operationId, method: method.toUpperCase(), target, scope };
  }),
);
const isPublic = ({ scope }: { scope: string | undefined }) => scope === undefined;
const guarded = operations.filter((operation) => !isPublic(operation));

/** By name: without scopes, with each scope, and revoked or expired ones with all scopes. */
const held = new Map<string, string>();
beforeAll(async () => {
  // Key 1 is the one that DELETE /keys/1 revokes.
  await keys.create(['incidents:read']);
  for (const scope of Scope.options) {
    const others = Scope.options.filter((other) => other !== scope && other !== 'admin');
    held.set(scope, (await keys.create([scope])).key);
    held.set(`all but ${scope}`, (await keys.create(others)).key);
  }
  const all = [...Scope.options];
  const revoked = await keys.create(all);
  const expired = await keys.create(all);
  await keys.revoke(revoked.id);
  await keys.expire(expired.id);
  held.set('revoked', revoked.key).set('expired', expired.key).set('unknown', `${revoked.key}x`);
  for (const [name, key] of held) {
    if (!['revoked', 'expired', 'unknown'].includes(name)) sessions.set(name, await signIn(key));
  }
  for (const end of ['revoke', 'expire'] as const) {
    const { id, key } = await keys.create(all);
    sessions.set(`${end}d`, await signIn(key));
    await keys[end](id);
  }
  // The process that signed in remembers them for three seconds.
  for (const name of ['revoked', 'expired']) {
    const headers = credentials('session', name);
    await eventually(async () => expect((await request('/session', { headers })).status).toBe(401), 5_000);
  }
  sessions.set('unknown', `incidents_session=${'x'.repeat(43)}`);
});

/** The cookies of sessions, by the name of their key. */
const sessions = new Map<string, string>();
const signIn = async (key: string) => {
  const { headers } = await request('/session', { method: 'POST', json: { key } });
  return headers.get('set-cookie')?.split(';')[0] ?? '';
};

type By = 'key' | 'session';

function credentials(by: By, name: string): Record<string, string> {
  const credential = { key: held, session: sessions }[by].get(name);
  if (credential === undefined) throw new Error(`there is no ${by} ${name}`);
  return by === 'key' ? bearer(credential) : { Cookie: credential, 'X-Requested-By': 'test' };
}

const ask = async (
  { method, target }: (typeof operations)[number],
  name: string | undefined,
  by: By = 'key',
) => {
  const { status, headers, body } = await request(target, {
    method,
    headers: name === undefined ? {} : credentials(by, name),
  });
  return { status, challenge: headers.get('www-authenticate'), body };
};

describe.each(guarded)('$operationId', (operation) => {
  const { scope } = operation;

  test('answers 401 without credentials', async () => {
    expect(await ask(operation, undefined)).toMatchObject({ status: 401, challenge: 'Bearer' });
  });

  describe.each(['key', 'session'] as const)('by %s', (by) => {
    test.each(['unknown', 'revoked', 'expired'])('answers 401 when it is %s', async (name) => {
      const { status, challenge } = await ask(operation, name, by);
      expect(status).toBe(401);
      expect(challenge).toBe('Bearer error="invalid_token"');
    });

    test.runIf(scope !== 'any_key')('answers 403 without its scope', async () => {
      const { status, challenge, body } = await ask(operation, `all but ${scope}`, by);
      expect(status).toBe(403);
      expect(challenge).toContain(`scope="${scope}"`);
      expect(body).toMatchObject({ detail: `У этого ключа нет права: ${scope}` });
    });

    // Signing out ends the session that the other operations need.
    test.runIf(operation.operationId !== 'deleteSession').each(Scope.options)(
      'with scope %s',
      async (name) => {
        const { status } = await ask(operation, name, by);
        if ([scope, 'admin'].includes(name) || scope === 'any_key') expect([401, 403]).not.toContain(status);
        else expect(status).toBe(403);
      },
    );
  });

  test.runIf(operation.method !== 'GET')(
    'answers 403 to a session without a sign of its origin',
    async () => {
      const { Cookie = '' } = credentials('session', 'admin');
      const { status, body } = await request(operation.target, {
        method: operation.method,
        headers: { Cookie },
      });
      expect(status).toBe(403);
      expect(body).toMatchObject({ type: 'urn:incident-service:problem:not-same-origin' });
    },
  );
});

test('the matrix contains every operation of the document and of the service', () => {
  const documented = operations.map(({ operationId }) => operationId).toSorted();
  const served = routes.map(({ definition }) => definition.operationId).toSorted();
  expect(documented).toEqual(served);
  expect(guarded.length + operations.filter(isPublic).length).toBe(served.length);
});

test('the documented scopes are those of the routes', () => {
  for (const { definition } of routes) {
    const row = operations.find(({ operationId }) => operationId === definition.operationId);
    const scope = definition.scope === 'sign_in' ? 'public' : definition.scope;
    expect(row?.scope ?? 'public', definition.operationId).toBe(scope);
  }
});

test('only pages of the service, probes and the sign-in are public', async () => {
  const open = operations.filter(isPublic);
  expect(open.map(({ target }) => target).toSorted()).toEqual([
    '/',
    '/docs',
    '/docs/1',
    '/healthz',
    '/openapi.json',
    '/readyz',
    '/session',
  ]);
  for (const operation of open) {
    // The sign-in demands a body.
    const expected = operation.operationId === 'createSession' ? [422] : [200, 404];
    expect(expected).toContain((await ask(operation, undefined)).status);
  }
});
