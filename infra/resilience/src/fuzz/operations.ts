import document from '@incidents/api/openapi.json' with { type: 'json' };
import { inlineComponents } from '@incidents/testing/http/inline-components';
import * as z from 'zod';

/** As much of JSON Schema as the document's requests use. */
export interface Schema {
  $ref?: string | undefined;
  type?: string | string[] | undefined;
  format?: string | undefined;
  enum?: (string | null)[] | undefined;
  minimum?: number | undefined;
  maximum?: number | undefined;
  minLength?: number | undefined;
  maxLength?: number | undefined;
  pattern?: string | undefined;
  items?: Schema | undefined;
  minItems?: number | undefined;
  maxItems?: number | undefined;
  properties?: Record<string, Schema> | undefined;
  required?: string[] | undefined;
  /** Present in maps only. */
  additionalProperties?: Schema | undefined;
  propertyNames?: Schema | undefined;
  maxProperties?: number | undefined;
  /** Of a body: objects of which it is one. */
  oneOf?: Schema[] | undefined;
  example?: unknown;
  examples?: unknown[] | undefined;
}

const Schema: z.ZodType<Schema> = z.lazy(() =>
  z.object({
    $ref: z.string().optional(),
    type: z.union([z.string(), z.array(z.string())]).optional(),
    format: z.string().optional(),
    enum: z.array(z.string().nullable()).optional(),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    minLength: z.int().optional(),
    maxLength: z.int().optional(),
    pattern: z.string().optional(),
    items: Schema.optional(),
    minItems: z.int().optional(),
    maxItems: z.int().optional(),
    properties: z.record(z.string(), Schema).optional(),
    required: z.array(z.string()).optional(),
    additionalProperties: Schema.optional(),
    propertyNames: Schema.optional(),
    maxProperties: z.int().optional(),
    oneOf: z.array(Schema).optional(),
    example: z.unknown().optional(),
    examples: z.array(z.unknown()).optional(),
  }),
);
const Operation = z.object({
  operationId: z.string(),
  parameters: z
    .array(
      z.object({
        in: z.enum(['path', 'query', 'header']),
        name: z.string(),
        required: z.boolean().default(false),
        schema: Schema,
      }),
    )
    .default([]),
  requestBody: z
    .object({ content: z.object({ 'application/json': z.object({ schema: z.unknown() }) }) })
    .optional(),
});
const Paths = z.record(z.string(), z.record(z.string(), Operation));

export interface Operation {
  id: string;
  method: string;
  path: string;
  parameters: { in: 'path' | 'query' | 'header'; name: string; required: boolean; schema: Schema }[];
  body: Schema | undefined;
}

export const operations: Operation[] = Object.entries(Paths.parse(inlineComponents(document).paths)).flatMap(
  ([path, methods]) =>
    Object.entries(methods).map(([method, { operationId, parameters, requestBody }]) => ({
      id: operationId,
      method: method.toUpperCase(),
      path,
      parameters: parameters.map((parameter) => ({ ...parameter, schema: resolved(parameter.schema) })),
      body: requestBody && resolved(requestBody.content['application/json'].schema),
    })),
);

/** A schema without references; those of requests are not recursive. */
function resolved(given: unknown): Schema {
  const { $ref, items, properties, additionalProperties, oneOf, ...schema } = Schema.parse(given);
  if ($ref !== undefined) {
    return resolved(Reflect.get(document.components.schemas, $ref.split('/').at(-1) ?? ''));
  }
  const inner = Object.entries(properties ?? {}).map(
    ([name, property]) => [name, resolved(property)] as const,
  );
  return {
    ...schema,
    example: schema.example ?? schema.examples?.[0],
    ...(oneOf && { oneOf: oneOf.map(resolved) }),
    ...(items && { items: resolved(items) }),
    ...(additionalProperties && { additionalProperties: resolved(additionalProperties) }),
    ...(properties && { properties: Object.fromEntries(inner) }),
  };
}
