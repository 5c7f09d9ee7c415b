import { readdir } from 'node:fs/promises';
import { basename } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { RouteDefinition } from '../http/define-route.ts';
import { useTestApp } from '../testing/test-app.ts';
import { routes } from './index.ts';

const { request } = useTestApp();
const definitions = routes.map(({ definition }) => definition);

interface HostileRequest {
  what: string;
  target: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array<ArrayBuffer>;
  /** The statuses that may come back; never one of 500 and above. */
  expected: number[] | 'less than 500';
}

const HOSTILE_VALUES = [
  ...[
    '\0',
    'a\0b',
    "' or '1'='1",
    '"; drop table incidents --',
    '../../etc/passwd',
    '<script>',
    '{{7*7}}',
    '\r\nX: y',
  ],
  ...[
    '\u{1F600}'.repeat(200),
    '\ufffe',
    '\u202e',
    '1e9',
    '-1',
    '0.5',
    '9'.repeat(400),
    'null',
    '[]',
    '__proto__',
  ],
].map(encodeURIComponent);
const UNDECODABLE = ['%', '%ZZ', '%FF', '%C0%80', '%ED%A0%80', '%F4%90%80%80', '%u0000', '%00'];

const BODIES: [what: string, body: string | Uint8Array<ArrayBuffer>][] = [
  ['nothing', ''],
  ['white space', ' \n'],
  ['half an object', '{"text":'],
  ['JavaScript', "{text: 'a'}"],
  ['two values', '{}{}'],
  ['null', 'null'],
  ['an array', '[]'],
  ['a string', '"text"'],
  ['a number', '1'],
  ['true', 'true'],
  ['NaN', 'NaN'],
  ['bytes that are no UTF-8', Uint8Array.of(0x7b, 0xff, 0x7d)],
  ['60 KB of nested arrays', '['.repeat(30_000) + ']'.repeat(30_000)],
  ['60 KB of open brackets', '['.repeat(60_000)],
];
const OTHER_TYPES = [
  'text/plain',
  'text/json',
  'application/xml',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/jsonx',
  'json',
  '*/*',
];
const HEADERS: Record<string, string>[] = [
  { Accept: 'text/xml' },
  { Prefer: '"; count=exact,,;=' },
  { 'X-Request-Id': "' or 1=1 --" },
  { 'X-Forwarded-For': '../../..', 'X-HTTP-Method-Override': 'DELETE' },
  { 'If-None-Match': '*', Range: 'bytes=0-1' },
];

const pathWith = (path: string, value: string) => path.replaceAll(/\{\w+\}/g, () => value);

function hostileRequests({ path, input, example }: RouteDefinition): HostileRequest[] {
  const target = pathWith(path, '1');
  const json = { 'Content-Type': 'application/json' };
  const valid = input.body ? { headers: json, body: JSON.stringify(example) } : {};
  const parameters = [...Object.keys(input.query?.shape ?? {}), 'unknown', '__proto__', 'constructor'];
  return [
    ...(input.path ? [...HOSTILE_VALUES, ...UNDECODABLE] : []).map(
      (value): HostileRequest => ({
        what: 'path',
        target: pathWith(path, value),
        ...valid,
        expected: [404, 422],
      }),
    ),
    ...parameters.flatMap((name) =>
      [...HOSTILE_VALUES, ...UNDECODABLE, ''].map(
        (value): HostileRequest => ({
          what: 'query',
          target: `${target}?${name}=${value}`,
          ...valid,
          expected: 'less than 500',
        }),
      ),
    ),
    ...HEADERS.map(
      (headers): HostileRequest => ({
        what: `headers ${JSON.stringify(headers)}`,
        target,
        ...valid,
        headers: { ...(input.body && json), ...headers },
        expected: 'less than 500',
      }),
    ),
    ...(input.body ? BODIES : []).map(
      ([what, body]): HostileRequest => ({
        what: `body: ${what}`,
        target,
        headers: json,
        body,
        expected: [422],
      }),
    ),
    ...(input.body ? OTHER_TYPES : []).map(
      (type): HostileRequest => ({
        what: `type ${type}`,
        target,
        headers: { 'Content-Type': type },
        body: '{}',
        expected: [415],
      }),
    ),
    ...(input.body
      ? [
          {
            what: 'a body that is too large',
            target,
            headers: json,
            body: 'x'.repeat(524_289),
            expected: [413],
          },
        ]
      : []),
  ];
}

describe.each(definitions)('$operationId', (definition) => {
  const method = definition.method.toUpperCase();

  test('answers each hostile request with a documented 4xx or a success', async () => {
    for (const { what, target, expected, ...init } of hostileRequests(definition)) {
      const { status } = await request(target, { method, ...init });
      const told = `${what}: ${method} ${target.slice(0, 200)}`;
      if (expected === 'less than 500') expect(status, told).toBeLessThan(500);
      else expect(expected, told).toContain(status);
    }
  });

  test('answers 405 to methods that its path does not have', async () => {
    const allowed = definitions
      .filter(({ path }) => path === definition.path)
      .map((other) => other.method.toUpperCase());
    if (allowed.includes('GET')) allowed.push('HEAD');
    for (const other of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'REPORT']) {
      if (allowed.includes(other)) continue;
      const { status, headers } = await request(pathWith(definition.path, '1'), { method: other });
      expect(status, other).toBe(405);
      expect(headers.get('allow')).toBe(allowed.toSorted().join(', '));
    }
  });
});

describe('routes', () => {
  const filesOfRoutes = async () => {
    const names = await readdir(import.meta.dirname, { recursive: true });
    const sources = names.filter(
      (name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && name !== 'index.ts',
    );
    return Promise.all(
      sources.map(async (name) => {
        const exported: Record<string, unknown> = await import(new URL(name, import.meta.url).href);
        return { name: basename(name, '.ts'), exported };
      }),
    );
  };
  const isRoute = (value: unknown): value is (typeof routes)[number] =>
    typeof value === 'object' && value !== null && 'definition' in value && 'handle' in value;

  test('lists every route that a file defines', async () => {
    const defined = (await filesOfRoutes()).flatMap(({ exported }) =>
      Object.values(exported).filter(isRoute),
    );
    expect(defined.length).toBeGreaterThan(0);
    expect(new Set(routes)).toEqual(new Set(defined));
    expect(routes).toHaveLength(defined.length);
  });

  test('names file, export and operationId alike, one route per file', async () => {
    for (const { name, exported } of await filesOfRoutes()) {
      const found = Object.entries(exported).filter(([, value]) => isRoute(value));
      if (found.length === 0) continue;
      const camel = name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
      expect(Object.keys(exported), name).toEqual([`${camel}Route`]);
      const [[, route] = []] = found;
      expect(isRoute(route) && route.definition.operationId).toBe(camel);
    }
  });

  test('has hostile requests for every part of each input', () => {
    for (const definition of definitions) {
      const kinds = hostileRequests(definition).map(({ what }) => what.split(/[ :]/)[0]);
      const { operationId, input } = definition;
      expect(kinds.includes('path'), operationId).toBe(input.path !== undefined);
      expect(kinds.includes('body'), operationId).toBe(input.body !== undefined);
      expect(kinds.includes('type'), operationId).toBe(input.body !== undefined);
      expect(kinds, operationId).toEqual(expect.arrayContaining(['query', 'headers']));
    }
  });
});
