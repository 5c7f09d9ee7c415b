import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { expect } from 'vitest';
import * as z from 'zod';
import document from '../../openapi.json' with { type: 'json' };

const Media = z.object({ schema: z.json().optional(), example: z.unknown().optional() });
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
const { paths, components } = z
  .object({
    paths: z.record(z.string(), z.record(z.string(), Operation)),
    components: z.object({ schemas: z.json() }),
  })
  .parse(document);

/** Headers that say nothing of the operation. */
const UNDOCUMENTED = ['content-type', 'content-length', 'cache-control', 'connection', 'date', 'keep-alive'];

/** A reply that has been found to be as the OpenAPI document says. */
export interface DocumentedReply {
  status: number;
  headers: Headers;
  text: string;
  /** Of a JSON reply. */
  body: unknown;
}

/**
 * Holds a reply against the OpenAPI document: its status, headers and content type are named there, and its
 * body has exactly the fields of the schema, with values that the schema allows.
 */
export async function asDocumented(
  method: string,
  path: string,
  response: Response,
): Promise<DocumentedReply> {
  const { status, headers } = response;
  const text = await response.text();
  const what = `${method} ${path} → ${status} ${text.slice(0, 500)}`;
  const type = headers.get('content-type')?.split(';')[0] ?? '';
  const isJson = type === 'application/json' || type === 'application/problem+json';
  const body: unknown = isJson && text !== '' ? JSON.parse(text) : undefined;

  expect(headers.get('x-request-id'), what).toMatch(/^[\w.:-]{1,64}$/);
  if (status >= 400) {
    expect(type, what).toBe('application/problem+json');
    if (method !== 'HEAD') {
      expect(body, what).toMatchObject({ status, request_id: headers.get('x-request-id') });
      expect(Problem.safeParse(body).error, what).toBeUndefined();
    }
  }

  const operation = operationOf(method, path);
  if (operation === undefined) {
    // No operation, so the document has no word on it: nothing but these two can answer.
    expect([404, 405], what).toContain(status);
    return { status, headers, text, body };
  }
  const documented = operation.responses[status];
  expect(documented, `${what}: a status that the document does not name`).toBeDefined();
  const media = documented?.content[type];
  expect(media, `${what}: a content type that the document does not name: ${type}`).toBeDefined();
  const named = Object.keys(documented?.headers ?? {}).map((name) => name.toLowerCase());
  for (const name of headers.keys()) expect([...UNDOCUMENTED, ...named], what).toContain(name);

  if (method === 'HEAD') expect(text, what).toBe('');
  else if (isJson && media) {
    expect(violations(media.schema ?? true, body), what).toEqual([]);
    if (status >= 400) expect(media.example, what).toMatchObject({ type: Problem.parse(body).type });
  }
  return { status, headers, text, body };
}

/** What every problem has, whatever else. */
const Problem = z.object({
  type: z.string().startsWith('urn:incident-service:problem:'),
  title: z.string().min(1),
  status: z.int(),
  detail: z.string().min(1),
  instance: z.string(),
  request_id: z.string().min(1),
});

function operationOf(method: string, path: string) {
  const bare = (of: string) => (of === '/' ? of : of.replace(/\/$/, ''));
  const fits = (template: string) => {
    const pattern = bare(template)
      .replaceAll('.', '\\.')
      .replaceAll(/\{\w+\}/g, '[^/]+');
    return new RegExp(`^${pattern}$`).test(bare(path));
  };
  const documentedMethod = method === 'HEAD' ? 'get' : method.toLowerCase();
  return Object.entries(paths).find(([template]) => fits(template))?.[1][documentedMethod];
}

const ajv = new Ajv2020({ allErrors: true, keywords: ['example', 'components'] });
formats.default(ajv);
const compiled = new Map<string, ReturnType<typeof ajv.compile>>();

/** Where `value` is not exactly what `schema` of the document says. */
function violations(schema: z.core.util.JSONType, value: unknown): string[] {
  const key = JSON.stringify(schema);
  let validate = compiled.get(key);
  if (validate === undefined) {
    validate = ajv.compile({ allOf: [exact(schema)], components: { schemas: exact(components.schemas) } });
    compiled.set(key, validate);
  }
  validate(value);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
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
