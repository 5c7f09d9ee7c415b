import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { openapiJson } from '../openapi.ts';

const Reply = z.looseObject({ headers: z.record(z.string(), z.unknown()).optional() });
const Operation = z.object({ responses: z.record(z.string(), Reply) });
const Document = z.object({
  paths: z.record(z.string(), z.record(z.string(), Operation)),
  components: z.record(z.string(), z.record(z.string(), z.unknown())),
});

const json = openapiJson();
const document = Document.parse(JSON.parse(json));
const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));

function refsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    name === '$ref' && typeof inner === 'string' ? [inner] : refsIn(inner),
  );
}

describe('components', () => {
  test('every $ref resolves, and every component is used', () => {
    const { securitySchemes: _, ...components } = document.components;
    const defined = Object.entries(components).flatMap(([section, members]) =>
      Object.keys(members).map((name) => `#/components/${section}/${name}`),
    );
    expect(Object.keys(components).toSorted()).toEqual(['headers', 'parameters', 'responses', 'schemas']);
    expect([...new Set(refsIn(JSON.parse(json)))].toSorted()).toEqual(defined.toSorted());
  });

  test('operations repeat no problem and no header', () => {
    const replies = operations.flatMap(({ responses }) => Object.entries(responses));
    expect(replies.length).toBeGreaterThan(100);
    for (const [status, reply] of replies) {
      if (Number(status) >= 400) expect(Object.keys(reply)).toEqual(['$ref']);
      for (const [name, header] of Object.entries(reply.headers ?? {})) {
        // One of another description stands at its operation.
        expect(document.components.headers, name).toHaveProperty(name);
        expect(header, name).not.toEqual(document.components.headers?.[name]);
      }
    }
  });

  test('an operation takes less than 7 KB of the document', () => {
    expect(Buffer.byteLength(json) / operations.length).toBeLessThan(7_000);
  });
});
