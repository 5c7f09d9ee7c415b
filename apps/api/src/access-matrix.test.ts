import { Scope } from '@incidents/contracts';
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
    z.tuple([z.object({ bearer: z.tuple([Scope]) }), z.object({ header: z.tuple([Scope]) })]),
  ]),
});
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => {
    const { operationId, security } = Operation.parse(operation);
    const target = path.replaceAll(/\{\w+\}/g, '1');
    return { operationId, method: method.toUpperCase(), target, scope: security[0]?.bearer[0] };
  }),
);
const isPublic = ({ scope }: { scope: Scope | undefined }) => scope === undefined;
const guarded = operations.filter((operation) => !isPublic(operation));

/** By name: without scopes, with each scope, and revoked or expired ones with all scopes. */
const held = new Map<string, string>();
beforeAll(async () => {
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
});

const ask = async ({ method, target }: (typeof operations)[number], held_: string | undefined) => {
  const key = held_ === undefined ? undefined : held.get(held_);
  if (held_ !== undefined && key === undefined) throw new Error(`there is no key ${held_}`);
  const { status, headers, body } = await request(target, {
    method,
    headers: key === undefined ? {} : bearer(key),
  });
  return { status, challenge: headers.get('www-authenticate'), body };
};

describe.each(guarded)('$operationId', (operation) => {
  const { scope } = operation;

  test.each([undefined, 'unknown', 'revoked', 'expired'])('answers 401 with key: %s', async (name) => {
    const { status, challenge } = await ask(operation, name);
    expect(status).toBe(401);
    expect(challenge).toBe(name === undefined ? 'Bearer' : 'Bearer error="invalid_token"');
  });

  test('answers 403 without its scope', async () => {
    const { status, challenge, body } = await ask(operation, `all but ${scope}`);
    expect(status).toBe(403);
    expect(challenge).toContain(`scope="${scope}"`);
    expect(body).toMatchObject({ detail: `У этого ключа нет права: ${scope}` });
  });

  test.each(Scope.options)('key: %s', async (name) => {
    const { status } = await ask(operation, name);
    if (name === scope || name === 'admin') expect([401, 403]).not.toContain(status);
    else expect(status).toBe(403);
  });
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
    expect(row?.scope ?? 'public', definition.operationId).toBe(definition.scope);
  }
});

test('only pages of the service and probes are public', async () => {
  const open = operations.filter(isPublic);
  expect(open.map(({ target }) => target).toSorted()).toEqual([
    '/',
    '/docs',
    '/docs/1',
    '/healthz',
    '/openapi.json',
    '/readyz',
  ]);
  for (const operation of open) expect([200, 404]).toContain((await ask(operation, undefined)).status);
});
