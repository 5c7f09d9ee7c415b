import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import {
  type FieldError,
  NotReadyProblem,
  Problem,
  type Scope,
  ValidationProblem,
} from '@incidents/contracts';
import { authorizationProblems } from './http/authentication.ts';
import { isLimited, type RouteDefinition } from './http/define-route.ts';
import { type ProblemCode, problems, problemType } from './http/problem.ts';
import { locales } from './locale/locales.ts';
import { routes } from './routes/index.ts';
import { version } from './version.ts';

export const openapiJson = () => `${JSON.stringify(buildDocument(), null, 2)}\n`;

function buildDocument() {
  const app = new OpenAPIHono();
  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    description: '`Authorization: Bearer inc_…`',
  });
  app.openAPIRegistry.registerComponent('securitySchemes', 'header', {
    type: 'apiKey',
    in: 'header',
    name: 'X-API-Key',
  });
  for (const { definition } of routes) {
    app.openAPIRegistry.registerPath(
      createRoute({
        method: definition.method,
        path: definition.path,
        operationId: definition.operationId,
        tags: [definition.tag],
        summary: definition.summary,
        description: definition.description,
        ...(definition.scope !== 'public' && { security: securityOf(definition.scope) }),
        parameters: headerParameters(definition),
        request: {
          ...(definition.input.path && { params: definition.input.path }),
          ...(definition.input.query && { query: definition.input.query }),
          ...(definition.input.body && {
            body: {
              required: true,
              content: {
                'application/json': { schema: definition.input.body, example: definition.example },
              },
            },
          }),
        },
        responses: { ...successResponses(definition), ...problemResponses(definition) },
      }),
    );
  }
  return app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Incident Management API',
      version,
      description:
        'Tracks incidents of Telegram bots. An incident is stored and answered at once; e-mail, Telegram and statistics follow in the background. Every path also answers with or without a slash at its end.',
      license: { name: 'MIT' },
    },
    servers: [{ url: '/' }],
    tags: [
      { name: 'incidents', description: 'Report, read and change incidents.' },
      { name: 'deliveries', description: 'Notifications and their results.' },
      { name: 'recipients', description: 'Recipients of notifications, and their status.' },
      { name: 'statistics', description: 'Numbers of incidents.' },
      { name: 'queue', description: 'Background jobs.' },
      { name: 'keys', description: 'API keys and their scopes.' },
      { name: 'service', description: 'The service itself.' },
    ],
  });
}

/** The key may be in either header. */
const securityOf = (scope: Scope): Record<string, string[]>[] => [{ bearer: [scope] }, { header: [scope] }];

const headerParameters = ({ requestHeaders = {} }: RouteDefinition) =>
  Object.entries(requestHeaders).map(([name, description]) => ({
    in: 'header' as const,
    name,
    description,
    required: false,
    schema: { type: 'string' as const },
  }));

function successResponses(definition: RouteDefinition) {
  return Object.fromEntries(
    Object.entries(definition.replies).map(
      ([status, { description, schema, example, contentTypes = [], headers = {} }]) => [
        status,
        {
          description,
          headers: {
            ...headersOfEveryReply(definition),
            ...Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, header(text)])),
          },
          content: schema
            ? { 'application/json': { schema, example } }
            : Object.fromEntries(contentTypes.map((type) => [type, { schema: {} }])),
        },
      ],
    ),
  );
}

const header = (description: string) => ({ description, schema: { type: 'string' as const } });

const requestIdHeader = header(
  'The id of this request in the log: that of the request header, or a new one.',
);

const headersOfEveryReply = (definition: RouteDefinition) => ({
  'X-Request-Id': requestIdHeader,
  ...(isLimited(definition) && {
    'RateLimit-Policy': header('`"reads";q=…;w=…`: `q` requests in `w` seconds; or `"writes"`.'),
    RateLimit: header('`"reads";r=…;t=…`: `r` requests remain for `t` seconds.'),
  }),
});

function problemsOf(definition: RouteDefinition): ProblemCode[] {
  const { input, scope, problems: own } = definition;
  const takesInput = input.path || input.query || input.body;
  return [
    ...own,
    ...(takesInput ? (['validation_failed'] as const) : []),
    ...(scope === 'public' ? [] : authorizationProblems),
    ...(input.body ? (['payload_too_large', 'unsupported_media_type'] as const) : []),
    ...(isLimited(definition) ? (['rate_limited', 'overloaded'] as const) : []),
    'internal_error',
  ];
}

const schemas: Partial<Record<ProblemCode, typeof Problem>> = {
  validation_failed: ValidationProblem,
  not_ready: NotReadyProblem,
};

function problemResponses(definition: RouteDefinition) {
  const byStatus = Map.groupBy(
    problemsOf(definition).toSorted((a, b) => problems[a].status - problems[b].status),
    (code) => problems[code].status,
  );
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      status,
      {
        description: codes.map((code) => locales.en.problems[code].title).join('; or: '),
        headers: {
          ...(status === 421 ? { 'X-Request-Id': requestIdHeader } : headersOfEveryReply(definition)),
          ...((status === 401 || status === 403) && {
            'WWW-Authenticate': header('The required kind of key.'),
          }),
          ...((status === 429 || status === 503) && {
            'Retry-After': header('Seconds until a retry makes sense.'),
          }),
        },
        content: {
          'application/problem+json': {
            schema: codes.map((code) => schemas[code]).find((schema) => schema) ?? Problem,
            ...examplesOf(codes, definition),
          },
        },
      },
    ]),
  );
}

/** OpenAPI has either one `example` or named `examples`. */
function examplesOf(codes: ProblemCode[], definition: RouteDefinition) {
  const values = codes.map((code) => exampleOf(code, definition));
  const [value] = values;
  if (values.length === 1) return { example: value };
  return { examples: Object.fromEntries(codes.map((code, index) => [code, { value: values[index] }])) };
}

function exampleOf(code: ProblemCode, definition: RouteDefinition) {
  const { title, detail } = locales.ru.problems[code];
  return {
    type: problemType(code),
    title,
    status: problems[code].status,
    detail,
    instance: definition.path.replace('{id}', '42'),
    request_id: '0199c2f0-6f0e-7d3a-9a53-3f1f0f6b7c11',
    ...examples[code]?.(definition),
  };
}

const examples: Partial<Record<ProblemCode, (definition: RouteDefinition) => object>> = {
  validation_failed: ({ input }) => {
    const error = fieldErrorExample(input);
    return {
      detail: `${locales.ru.problems.validation_failed.detail}: ${error.path}: ${error.message}`,
      errors: [error],
    };
  },
  not_ready: () => ({ checks: { database: 'failed', schema: 'unknown', writes: 'unknown' } }),
};

function fieldErrorExample({ path, query, body }: RouteDefinition['input']): FieldError {
  if (body) return { path: 'body.text', code: 'too_small', message: 'длина не меньше 1' };
  const [parameter] = Object.keys(path?.shape ?? query?.shape ?? {});
  if (query && !('limit' in query.shape)) {
    return { path: `query.${parameter}`, code: 'required', message: 'обязательное поле' };
  }
  const refused = query ? 'query.limit' : `path.${parameter}`;
  return { path: refused, code: 'invalid_type', message: 'ожидается целое число' };
}
