import fc from 'fast-check';
import { type Body, hostileBody, needlessBody, validBody } from './bodies.ts';
import type { KnownIds } from './known-ids.ts';
import type { Operation } from './operations.ts';
import { type AddressPart, hostileParameter, validParameter } from './parameters.ts';

/** A request with placeholders for known ids, so that one seed gives one plan. */
export interface Plan {
  operation: Operation;
  path: Record<string, AddressPart>;
  query: [name: string, value: AddressPart][];
  headers: [name: string, value: string][];
  body: Body | undefined;
  slash: boolean;
  valid: boolean;
  /** Selects the follow-up checks. */
  dice: number;
}

export interface Request {
  method: string;
  target: string;
  headers: [name: string, value: string][];
  body: Body | undefined;
}

/** Requests of one operation: two of five are valid, the others have hostile parts. */
export function requestsOf(operation: Operation): fc.Arbitrary<Plan> {
  const valid = planOf(operation, { hostile: false });
  const hostile = planOf(operation, { hostile: true });
  return fc
    .oneof({ arbitrary: valid, weight: 2 }, { arbitrary: hostile, weight: 3 })
    .filter((plan) => headSize(plan) <= MAX_HEAD_BYTES);
}

/** Address and headers: above 16 KiB Node refuses the request itself. */
const MAX_HEAD_BYTES = 12_000;

function headSize({ path, query, headers }: Plan): number {
  const parts = [...Object.entries(path), ...query].flatMap(([name, part]) => [
    name,
    'text' in part ? part.text : '',
  ]);
  return [...parts, ...headers.flat()].reduce((sum, text) => sum + text.length, 0);
}

function planOf(operation: Operation, { hostile }: { hostile: boolean }): fc.Arbitrary<Plan> {
  const { parameters } = operation;
  const inPath = parameters.filter((parameter) => parameter.in === 'path');
  const inQuery = parameters.filter((parameter) => parameter.in === 'query');
  const path = inPath.map(({ name, schema }) => {
    const good = validParameter(schema, { isId: true });
    return [name, hostile ? mostly(good, hostileParameter) : good] as const;
  });
  const query = inQuery.map(({ name, schema, required }) => {
    const good = validParameter(schema, { isId: false });
    const value = hostile ? mostly(good, hostileParameter) : good;
    const one = value.map((part): Plan['query'] => [[name, part]]);
    return required && !hostile ? one : fc.oneof(one, fc.constant([]));
  });
  const documented = parameters.filter((parameter) => parameter.in === 'header').map(({ name }) => name);
  return fc.record({
    operation: fc.constant(operation),
    path: fc.record(Object.fromEntries(path)),
    query: fc
      .tuple(fc.tuple(...query), hostile ? needlessQuery : fc.constant([]))
      .map(([given, needless]) => [...given.flat(), ...needless]),
    headers: hostile ? hostileHeaders(documented) : harmlessHeaders,
    body: bodyOf(operation, hostile),
    slash: fc.boolean(),
    valid: fc.constant(!hostile),
    dice: fc.nat(999),
  });
}

const mostly = <T>(good: fc.Arbitrary<T>, bad: fc.Arbitrary<T>) => fc.oneof(good, bad);

function bodyOf({ body, method }: Operation, hostile: boolean): fc.Arbitrary<Body | undefined> {
  if (body === undefined) return hostile && method !== 'GET' ? needlessBody : fc.constant(undefined);
  if (!hostile) return validBody(body);
  return fc.oneof({ arbitrary: hostileBody(body), weight: 4 }, { arbitrary: validBody(body), weight: 1 });
}

const needlessQuery: fc.Arbitrary<Plan['query']> = fc.array(
  fc.tuple(
    fc.constantFrom(
      'x',
      '',
      'skip',
      'limit',
      'status',
      'status[$ne]',
      '__proto__',
      '%00',
      '%ff',
      'SKIP',
      '&&',
      '?',
    ),
    hostileParameter,
  ),
  { maxLength: 2 },
);

const requestId = fc.string({ unit: fc.constantFrom(...'abcXYZ019_.:-'), minLength: 1, maxLength: 64 });

const harmlessHeaders: fc.Arbitrary<Plan['headers']> = fc
  .tuple(fc.option(requestId, { freq: 2 }), fc.constantFrom(undefined, '*/*', 'application/json'))
  .map(([id, accept]) => [
    ...(id === null ? [] : [['X-Request-Id', id] satisfies [string, string]]),
    ...(accept === undefined ? [] : [['Accept', accept] satisfies [string, string]]),
  ]);

/** Latin-1 without control characters. */
const headerText = fc.oneof(
  fc.constantFrom(
    '',
    'count=exact',
    'count=exact, respond-async; wait=10',
    'return=minimal',
    '*',
    '*/*;q=0',
    'text/html',
    'gzip, br;q=0, identity;q=0',
    'bytes=0-0,-1',
    'W/"x", *',
    '\xd0\xbd\xff',
    "'; drop table incidents; --",
    '%{jndi:ldap://127.0.0.1/x}',
    '../../etc/passwd',
    '-1',
    '9'.repeat(100),
    'x'.repeat(2_000),
    'chunked',
    'DELETE',
    '127.0.0.1, ::1, unknown',
    'http://evil.example',
    'for="[::1]";proto=https;host=evil.example',
    'Thu, 99 Foo 9999 99:99:99 GMT',
    '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  ),
  fc.string({
    unit: fc
      .integer({ min: 0x20, max: 0xff })
      .filter((code) => code !== 0x7f)
      .map((code) => String.fromCharCode(code)),
    maxLength: 80,
  }),
);

const hostileHeaders = (documented: string[]): fc.Arbitrary<Plan['headers']> =>
  fc.array(
    fc.tuple(
      fc.constantFrom(
        ...documented,
        ...documented,
        'X-Request-Id',
        'Authorization',
        'X-API-Key',
        'Prefer',
        'Accept',
        'Accept-Encoding',
        'Accept-Language',
        'Range',
        'If-Match',
        'If-None-Match',
        'If-Modified-Since',
        'If-Unmodified-Since',
        'Content-Encoding',
        'Content-Language',
        'Content-Range',
        'X-HTTP-Method-Override',
        'X-Forwarded-For',
        'X-Forwarded-Host',
        'X-Forwarded-Proto',
        'X-Original-URL',
        'Forwarded',
        'Origin',
        'Referer',
        'Cookie',
        'User-Agent',
        'traceparent',
        'Idempotency-Key',
        'TE',
        'Via',
        '__proto__',
        "!#$%&'*+-.^_`|~",
      ),
      headerText,
    ),
    { maxLength: 4 },
  );

export function concrete(plan: Plan, known: KnownIds): Request {
  const { operation } = plan;
  const family = operation.path.split('/')[1] ?? '';
  const getText = (part: AddressPart) =>
    'text' in part ? part.text : String(known.pick(family, part.known));
  const path = operation.path
    .replaceAll(/\{(\w+)\}/g, (_, name: string) => {
      const part = plan.path[name];
      return part === undefined ? '' : getText(part);
    })
    .replace(/(?<=.)\/$/, '');
  const query = plan.query.map(([name, part]) => `${name}=${getText(part)}`).join('&');
  const headers = [...plan.headers];
  const { body } = plan;
  if (body?.contentType !== undefined) headers.push(['Content-Type', body.contentType]);
  return {
    method: operation.method,
    target: `${path}${plan.slash && path !== '/' ? '/' : ''}${query === '' ? '' : `?${query}`}`,
    headers,
    body,
  };
}
