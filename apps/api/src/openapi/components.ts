import type { OpenAPIHono } from '@hono/zod-openapi';
import type * as z from 'zod';

type Registry = OpenAPIHono['openAPIRegistry'];
type Reference = { $ref: `#/components/${string}` };
type Header = { description: string; schema: { type: 'string' } };
type Response = {
  description: string;
  headers: Record<string, Header | Reference>;
  content: Record<
    string,
    { schema: Reference; example?: unknown; examples?: Record<string, { value: unknown }> }
  >;
};

export type Components = ReturnType<typeof createComponents>;

/** Each function returns a reference; the first call with a name defines the component. */
export function createComponents(registry: Registry) {
  const headers = new Map<string, string>();
  const responses = new Set<string>();
  const schemas = new Set<string>();
  return {
    /** Another description under the same name is not shared. */
    header(name: string, description: string): Header | Reference {
      const header: Header = { description, schema: { type: 'string' } };
      if (!headers.has(name)) {
        headers.set(name, description);
        registry.registerComponent('headers', name, header);
      }
      return headers.get(name) === description ? { $ref: `#/components/headers/${name}` } : header;
    },
    response(name: string, makeResponse: () => Response): Reference {
      if (!responses.has(name)) {
        responses.add(name);
        registry.registerComponent('responses', name, makeResponse());
      }
      return { $ref: `#/components/responses/${name}` };
    },
    schema(schema: z.ZodType): Reference {
      const id = schema.meta()?.id;
      if (id === undefined) throw new Error('a shared schema needs an id');
      if (!schemas.has(id)) {
        schemas.add(id);
        registry.register(id, schema);
      }
      return { $ref: `#/components/schemas/${id}` };
    },
  };
}
