import assert from 'node:assert/strict';
import { parseJson } from '@incidents/db/parse-json';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import * as z from 'zod';
import { inlineComponents } from './inline-components.ts';

const Media = z.object({
  schema: z.json().optional(),
  example: z.unknown().optional(),
  examples: z.record(z.string(), z.object({ value: z.unknown() })).optional(),
});
const Operation = z.object({
  operationId: z.string(),
  responses: z.record(
    z.string(),
    z.object({
      headers: z.record(z.string(), z.unknown()).default({}),
      content: z.record(z.string(), Media),
    }),
  ),
});
const Document = z.object({
  paths: z.record(z.string(), z.record(z.string(), Operation)),
  components: z.object({ schemas: z.json() }),
});

const UNDOCUMENTED = [
  'content-encoding',
  'content-type',
  'content-length',
  'cache-control',
  'connection',
  'date',
  'keep-alive',
  'transfer-encoding',
  'access-control-allow-origin',
  'access-control-expose-headers',
  'content-security-policy',
  'cross-origin-resource-policy',
  'referrer-policy',
  'vary',
  'x-accel-buffering',
  'x-content-type-options',
  'x-frame-options',
];

export interface DocumentedReply {
  status: number;
  headers: Headers;
  text: string;
  body: unknown;
}

/** Asserts status, headers, content type and exactly the fields of the schema. */
export type CheckReply = (method: string, path: string, response: Response) => Promise<DocumentedReply>;

/** The check rejects with an AssertionError that names the difference. */
export function documentedReplies(openApiDocument: object): CheckReply {
  const { paths, components } = Document.parse(inlineComponents(openApiDocument));
  const patterns = Object.entries(paths).map(([template, operations]) => {
    const pattern = removeTrailingSlash(template)
      .replaceAll('.', '\\.')
      .replaceAll(/\{\w+\}/g, '[^/]+');
    return { pattern: new RegExp(`^${pattern}$`), operations };
  });
  const operationOf = (method: string, path: string) => {
    const documentedMethod = method === 'HEAD' ? 'get' : method.toLowerCase();
    return patterns.find(({ pattern }) => pattern.test(removeTrailingSlash(path)))?.operations[
      documentedMethod
    ];
  };
  const violations = createSchemaCheck(components.schemas);

  return async function checkReply(method, path, response) {
    const { status, headers } = response;
    const isStream = headers.get('content-type') === 'text/event-stream';
    // It has no end.
    if (isStream) await response.body?.cancel();
    const text = isStream ? '' : await response.text();
    const what = `${method} ${path} → ${status} ${text.slice(0, 500)}`;
    const type = headers.get('content-type')?.split(';')[0] ?? '';
    const isJson = type === 'application/json' || type === 'application/problem+json';
    const body: unknown = isJson && text !== '' ? parseJson(text) : undefined;

    const requestId = headers.get('x-request-id');
    assert.match(requestId ?? '', /^[\w.:-]{1,64}$/, `${what}: X-Request-Id: ${requestId}`);
    if (status >= 400) {
      assert.equal(type, 'application/problem+json', what);
      if (method !== 'HEAD') {
        const problem = Problem.parse(body);
        assert.deepEqual([problem.status, problem.request_id], [status, requestId], what);
      }
    }

    const operation = operationOf(method, path);
    if (operation === undefined) {
      // No operation, so the document does not describe it. Only these two statuses are possible.
      assert.ok([404, 405].includes(status), `${what}: neither 404 nor 405`);
      return { status, headers, text, body };
    }
    const documented = operation.responses[status];
    assert.ok(documented, `${what}: a status that the document does not name`);
    const named = Object.keys(documented.headers).map((name) => name.toLowerCase());
    const unnamed = [...headers.keys()].filter((name) => ![...UNDOCUMENTED, ...named].includes(name));
    assert.deepEqual(unnamed, [], `${what}: headers that the document does not name: ${unnamed}`);
    if (status === 204 || status === 302 || status === 304) {
      assert.equal(text, '', what);
      return { status, headers, text, body };
    }
    const media = documented.content?.[type];
    assert.ok(media, `${what}: a content type that the document does not name: ${type}`);

    if (method === 'HEAD') assert.equal(text, '', what);
    else if (isJson) {
      const found = violations(media.schema ?? true, body);
      assert.deepEqual(found, [], `${what}: not what the schema says: ${found.join(', ')}`);
      if (status >= 400) {
        const examples = media.examples
          ? Object.values(media.examples).map(({ value }) => value)
          : [media.example];
        const types = examples.map((example) => Example.parse(example).type);
        assert.ok(
          types.includes(Problem.parse(body).type),
          `${what}: none of the problems ${types.join(', ')}`,
        );
      }
    }
    return { status, headers, text, body };
  };
}

const Problem = z.object({
  type: z.string().startsWith('urn:incident-service:problem:'),
  title: z.string().min(1),
  status: z.int(),
  detail: z.string().min(1),
  instance: z.string(),
  request_id: z.string().min(1),
});

const Example = z.object({ type: z.string() });

const removeTrailingSlash = (path: string) => (path === '/' ? path : path.replace(/\/$/, ''));

function createSchemaCheck(schemas: z.core.util.JSONType) {
  const ajv = new Ajv2020({ allErrors: true, keywords: ['example', 'components'] });
  formats.default(ajv);
  // Clients must accept other values; the service sends only those that it documents.
  ajv.addKeyword({
    keyword: 'x-extensible-enum',
    schemaType: 'array',
    validate: (known: unknown[], value: unknown) => known.includes(value),
  });
  const compiled = new Map<z.core.util.JSONType, ReturnType<typeof ajv.compile>>();
  return function violations(schema: z.core.util.JSONType, value: unknown): string[] {
    let validate = compiled.get(schema);
    if (validate === undefined) {
      validate = ajv.compile({ allOf: [exact(schema)], components: { schemas: exact(schemas) } });
      compiled.set(schema, validate);
    }
    validate(value);
    return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  };
}

/** The same schema, but each object has all of the fields that it names and no other. */
function exact(schema: z.core.util.JSONType): z.core.util.JSONType {
  if (Array.isArray(schema)) return schema.map(exact);
  if (typeof schema !== 'object' || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, exact(value)]));
  const { properties } = inner;
  if (inner.type !== 'object' || typeof properties !== 'object' || properties === null) return inner;
  return { additionalProperties: false, ...inner, required: Object.keys(properties) };
}
