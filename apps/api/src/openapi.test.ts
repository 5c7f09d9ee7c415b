import { readFile } from 'node:fs/promises';
import { inlineComponents } from '@incidents/testing/http/inline-components';
import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { problems, problemType } from './http/problem.ts';
import { openapiJson } from './openapi.ts';
import { routes } from './routes/index.ts';

const Media = z.object({
  schema: z.record(z.string(), z.unknown()),
  example: z.unknown().optional(),
  examples: z.record(z.string(), z.object({ value: z.unknown() })).optional(),
});
const Content = z.record(z.string(), Media);
const Document = z.object({
  openapi: z.string(),
  tags: z.array(z.object({ name: z.string(), description: z.string() })),
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({
        operationId: z.string(),
        summary: z.string().min(1),
        tags: z.array(z.string()).length(1),
        parameters: z.array(
          z.object({ name: z.string(), in: z.string(), required: z.boolean(), schema: z.looseObject({}) }),
        ),
        security: z.array(z.record(z.string(), z.array(z.string()))),
        requestBody: z.object({ required: z.literal(true), content: Content }).optional(),
        responses: z.record(
          z.string(),
          z.object({
            description: z.string().min(1),
            headers: z.record(z.string(), z.object({ description: z.string().min(1) })),
            content: Content,
          }),
        ),
      }),
    ),
  ),
  components: z.object({ schemas: z.record(z.string(), z.looseObject({})) }),
});

const document = Document.parse(inlineComponents(JSON.parse(openapiJson())));
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation })),
);
const byId = (id: string) => {
  const operation = operations.find(({ operationId }) => operationId === id);
  if (operation === undefined) throw new Error(`the document has no ${id}`);
  return operation;
};

const definitionOf = (id: string) => {
  const route = routes.find(({ definition }) => definition.operationId === id);
  if (route === undefined) throw new Error(`there is no route ${id}`);
  return route.definition;
};

const ownStatuses = (responses: object) =>
  Object.keys(responses).filter((status) => !['401', '403', '421', '429'].includes(status));

const problemsIn = (content: z.infer<typeof Content> | undefined) => {
  const { example, examples = {} } = content?.['application/problem+json'] ?? {};
  return z
    .array(z.looseObject({ status: z.int(), type: z.string() }))
    .min(1)
    .parse(example === undefined ? Object.values(examples).map(({ value }) => value) : [example]);
};

describe('openapi.json', () => {
  test('is valid OpenAPI 3.1', async () => {
    const validator = new Validator();
    const { valid, errors } = await validator.validate(JSON.parse(openapiJson()));
    expect(errors ?? []).toEqual([]);
    expect(valid).toBe(true);
    expect(validator.version).toBe('3.1');
  });

  test('the committed file is up to date (`pnpm openapi` writes it)', async () => {
    const committed = await readFile(new URL('../openapi.json', import.meta.url), 'utf8');
    expect(committed).toBe(openapiJson());
  });

  test('describes exactly the routes', () => {
    expect(operations.map(({ operationId }) => operationId).toSorted()).toEqual(
      routes.map(({ definition }) => definition.operationId).toSorted(),
    );
  });

  test('operationIds are unique', () => {
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('names each path of the legacy service once, in its spelling', () => {
    const paths = Object.keys(document.paths);
    expect(paths).toEqual(expect.arrayContaining(['/incidents/', '/incidents/{id}']));
    expect(Object.keys(document.paths['/incidents/'] ?? {}).toSorted()).toEqual(['get', 'post']);
    expect(Object.keys(document.paths['/incidents/{id}'] ?? {})).toContain('patch');
    const bare = paths.map((path) => path.replace(/(?<=.)\/$/, ''));
    expect(new Set(bare).size).toBe(paths.length);
  });

  test('has examples that Swagger UI does not fill into its filters', () => {
    const filters = operations.flatMap(({ parameters }) =>
      parameters.filter((parameter) => parameter.in === 'query'),
    );
    expect(filters.some(({ schema }) => Array.isArray(schema.examples))).toBe(true);
    // With `example`, at either place, Swagger UI fills the form.
    for (const filter of filters) {
      expect(filter, filter.name).not.toHaveProperty('example');
      expect(filter.schema, filter.name).not.toHaveProperty('example');
      if (!['skip', 'limit', 'after'].includes(filter.name))
        expect(filter.schema, filter.name).not.toHaveProperty('default');
    }
  });

  describe.each(operations)('$operationId', (operation) => {
    const { operationId, path, responses, tags, parameters, requestBody, security } = operation;

    test('has a described tag', () => {
      expect(document.tags.map(({ name }) => name)).toEqual(expect.arrayContaining(tags));
    });

    test('documents a successful reply, with a body unless it is 204', () => {
      const successes = Object.entries(responses).filter(([status]) => status.startsWith('2'));
      expect(successes.length).toBeGreaterThanOrEqual(1);
      for (const [status, { content }] of successes) {
        expect(Object.keys(content).length > 0).toBe(status !== '204');
        for (const [type, { schema, example }] of Object.entries(content)) {
          // The document itself is the only JSON without a schema.
          if (type === 'application/json' && path !== '/openapi.json') {
            expect(example !== undefined || Object.keys(schema).length > 0).toBe(true);
          }
        }
      }
    });

    test('documents the parameters of its path', () => {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect(parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name)).toEqual(
        inPath,
      );
    });

    test('documents X-Request-Id for every reply, Retry-After for 429 and 503', () => {
      for (const [status, { headers }] of Object.entries(responses)) {
        expect(Object.keys(headers)).toContain('X-Request-Id');
        expect(Object.hasOwn(headers, 'Retry-After')).toBe(status === '429' || status === '503');
      }
    });

    test('documents rate limits, except for probes and documentation', () => {
      const isLimited = !tags.includes('service');
      expect(Object.hasOwn(responses, '429')).toBe(isLimited);
      for (const [status, { headers }] of Object.entries(responses)) {
        // Refused before it is counted.
        if (status === '421') continue;
        for (const name of ['RateLimit', 'RateLimit-Policy'])
          expect(Object.hasOwn(headers, name)).toBe(isLimited);
      }
    });

    test('documents problems as problem+json, with examples of their status and type', () => {
      const types = Object.keys(problems).map((code) => problemType(code as keyof typeof problems));
      const failures = Object.entries(responses).filter(([status]) => Number(status) >= 400);
      expect(failures.map(([status]) => status)).toContain('500');
      for (const [status, { content }] of failures) {
        expect(Object.keys(content)).toEqual(['application/problem+json']);
        for (const example of problemsIn(content)) {
          expect(String(example.status)).toBe(status);
          expect(types).toContain(example.type);
        }
      }
    });

    test('has a 422 example with a field of its input', () => {
      const example = responses[422]?.content['application/problem+json']?.example;
      if (example === undefined) return;
      const { errors, detail } = z
        .object({ errors: z.array(z.object({ path: z.string() })).min(1), detail: z.string() })
        .parse(example);
      const sent = parameters.map((parameter) => `${parameter.in}.${parameter.name}`);
      for (const { path: refused } of errors) {
        expect(detail).toContain(refused);
        if (requestBody) expect(refused).toMatch(/^body\./);
        else expect(sent).toContain(refused);
      }
    });

    test('documents 422 for input, and 413 and 415 for a body', () => {
      const statuses = Object.keys(responses);
      expect(statuses.includes('422')).toBe(requestBody !== undefined || parameters.length > 0);
      expect(statuses.includes('413')).toBe(requestBody !== undefined);
      expect(statuses.includes('415')).toBe(requestBody !== undefined);
    });

    test('documents its scope and refusals unless it is public', () => {
      const { scope, method } = definitionOf(operationId);
      const isOpen = scope === 'public' || scope === 'sign_in';
      const scopes = scope === 'any_key' ? [] : [scope];
      expect(security).toEqual(isOpen ? [] : [{ bearer: scopes }, { header: scopes }, { cookie: scopes }]);
      for (const status of ['401', '403', '421'])
        expect(Object.hasOwn(responses, status), status).toBe(scope !== 'public');
      if (scope !== 'public') {
        const types = problemsIn(responses[403]?.content).map(({ type }) => type);
        const codes: (keyof typeof problems)[] = [
          ...(isOpen || scope === 'any_key' ? [] : (['insufficient_scope'] as const)),
          'cross_site_request',
          ...(isOpen || method === 'get' ? [] : (['not_same_origin'] as const)),
        ];
        expect(types).toEqual(codes.map(problemType));
      }
      for (const status of [401, 403])
        expect(Object.hasOwn(responses[status]?.headers ?? {}, 'WWW-Authenticate')).toBe(scope !== 'public');
    });
  });

  test('documents each declared problem under its status', () => {
    for (const { definition } of routes) {
      const { responses } = byId(definition.operationId);
      for (const code of definition.problems) {
        const types = problemsIn(responses[problems[code].status]?.content).map(({ type }) => type);
        expect(types, definition.operationId).toContain(problemType(code));
      }
    }
  });

  describe('events and deliveries', () => {
    const schemaOf = (id: string, status: number) =>
      byId(id).responses[status]?.content[status < 400 ? 'application/json' : 'application/problem+json']
        ?.schema;

    test.each([
      ['listIncidentEvents', '/incidents/{id}/events', 'IncidentEvent'],
      ['listIncidentDeliveries', '/incidents/{id}/deliveries', 'Delivery'],
    ])('%s returns a bare array of at most 100, paged like the list', (id, path, entry) => {
      const operation = byId(id);
      expect(operation).toMatchObject({ path, method: 'get' });
      expect(operation).not.toHaveProperty('requestBody');
      expect(schemaOf(id, 200)).toEqual({
        type: 'array',
        items: { $ref: `#/components/schemas/${entry}` },
      });
      expect(ownStatuses(operation.responses)).toEqual(['200', '404', '422', '500', '503']);
      expect(Object.keys(operation.responses[200]?.headers ?? {})).toEqual([
        'X-Request-Id',
        'RateLimit-Policy',
        'RateLimit',
        'X-Ignored-Parameters',
        'Link',
      ]);
      const ofTheList = byId('listIncidents').parameters.slice(-2);
      expect(ofTheList.map(({ name }) => name)).toEqual(['skip', 'limit']);
      const [skip, limit] = operation.parameters.slice(1);
      expect(skip).toEqual(ofTheList[0]);
      expect(limit).toEqual({ ...ofTheList[1], schema: { ...ofTheList[1]?.schema, maximum: 100 } });
    });

    const nullableFieldsOf = (schema: string) => {
      const { properties } = z
        .object({ properties: z.record(z.string(), z.looseObject({})) })
        .parse(document.components.schemas[schema]);
      const nullable = Object.entries(properties).filter(([, { type }]) => [type].flat().includes('null'));
      return nullable.map(([name]) => name);
    };

    test('retryDelivery takes no body and returns the delivery or its own 409', () => {
      const { responses, ...operation } = byId('retryDelivery');
      expect(operation).toMatchObject({
        path: '/deliveries/{id}/retry',
        method: 'post',
        parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'integer', minimum: 1 } }],
      });
      expect(operation).not.toHaveProperty('requestBody');
      expect(ownStatuses(responses)).toEqual(['200', '404', '409', '422', '500', '503']);
      expect(schemaOf('retryDelivery', 200)).toEqual({ $ref: '#/components/schemas/Delivery' });
      expect(schemaOf('retryDelivery', 409)).toEqual({ $ref: '#/components/schemas/Problem' });
      expect(responses[409]?.content['application/problem+json']?.example).toMatchObject({
        type: 'urn:incident-service:problem:delivery-not-failed',
        title: 'Повтор невозможен',
        status: 409,
      });
    });

    test('only writes that another one can precede answer 409', () => {
      const conflicting = operations.filter(({ responses }) => '409' in responses);
      expect(conflicting.map(({ operationId }) => operationId)).toEqual([
        'createIncident',
        'updateIncident',
        'createComment',
        'reportAlert',
        'retryDelivery',
        'deleteJob',
        'retryJob',
      ]);
    });

    test('an event has one nullable field', () => {
      expect(nullableFieldsOf('IncidentEvent')).toEqual(['comment']);
    });

    test('a delivery has four nullable fields', () => {
      expect(nullableFieldsOf('Delivery')).toEqual([
        'provider_message_id',
        'last_error',
        'next_attempt_at',
        'sent_at',
      ]);
      expect(document.components.schemas.DeliveryState).toMatchObject({
        type: 'string',
        'x-extensible-enum': ['pending', 'sending', 'sent', 'logged', 'failed', 'skipped'],
      });
    });
  });

  describe('the limits of the contract', () => {
    const property = (schema: string, name: string) =>
      z.record(z.string(), z.looseObject({})).parse(document.components.schemas[schema]?.properties)[name];

    test('of a new incident', () => {
      expect(document.components.schemas.CreateIncident).toMatchObject({
        type: 'object',
        required: ['text', 'description', 'source'],
      });
      expect(property('CreateIncident', 'text')).toMatchObject({ minLength: 1, maxLength: 1000 });
      expect(property('CreateIncident', 'description')).toMatchObject({ minLength: 1 });
      expect(property('CreateIncident', 'source')).toMatchObject({ minLength: 1, maxLength: 100 });
      expect(property('CreateIncident', 'status')).toMatchObject({
        enum: ['новый', 'в работе', 'закрыт'],
        description: expect.stringContaining('Default: `новый`.'),
      });
      // Generated types would demand it.
      expect(property('CreateIncident', 'status')).not.toHaveProperty('default');
      expect(document.components.schemas.UpdateIncident?.required).toBeUndefined();
    });

    test('permit unknown fields in requests and replies', () => {
      for (const schema of Object.values(document.components.schemas)) {
        expect(schema.additionalProperties ?? true).not.toBe(false);
      }
    });

    test('require every field of replies', () => {
      const requests = ['CreateIncident', 'UpdateIncident', 'TriggerAlert', 'CreateApiKey', 'CreateSession'];
      for (const [name, schema] of Object.entries(document.components.schemas)) {
        if (requests.includes(name) || schema.type !== 'object') continue;
        expect(schema.required, name).toEqual(Object.keys(z.object({}).loose().parse(schema.properties)));
      }
    });

    test('of the list', () => {
      const { parameters } = byId('listIncidents');
      expect(parameters.map(({ name, in: place, required }) => ({ name, place, required }))).toEqual([
        { name: 'If-None-Match', place: 'header', required: false },
        { name: 'Prefer', place: 'header', required: false },
        { name: 'status', place: 'query', required: false },
        { name: 'severity', place: 'query', required: false },
        { name: 'bot', place: 'query', required: false },
        { name: 'assignee', place: 'query', required: false },
        { name: 'skip', place: 'query', required: false },
        { name: 'limit', place: 'query', required: false },
      ]);
      const [skip, limit] = parameters.slice(-2);
      expect(skip?.schema).toMatchObject({ type: 'integer', minimum: 0, default: 0 });
      expect(limit?.schema).toMatchObject({ type: 'integer', minimum: 0, maximum: 10_000, default: 100 });
    });

    test('have the examples of the legacy service', () => {
      expect(byId('createIncident').requestBody?.content['application/json']?.example).toEqual({
        text: 'Бот не отвечает на команды',
        description: 'После обновления бот перестал реагировать на /start',
        status: 'новый',
        source: 'operator',
      });
      expect(byId('updateIncident').requestBody?.content['application/json']?.example).toEqual({
        status: 'в работе',
      });
      expect(
        byId('updateIncident').responses[404]?.content['application/problem+json']?.example,
      ).toMatchObject({
        detail: 'Инцидент не найден',
      });
    });
  });
});
