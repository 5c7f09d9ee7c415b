import { OpenAPIHono } from '@hono/zod-openapi';
import type { Access } from './http/authentication.ts';
import type { RouteDefinition } from './http/define-route.ts';
import { SESSION_COOKIE } from './http/session-cookie.ts';
import { adaptParameters } from './openapi/adapt-parameters.ts';
import { type Components, createComponents } from './openapi/components.ts';
import { describeDefaults } from './openapi/describe-defaults.ts';
import type { Paths, Schema } from './openapi/document.ts';
import { problemResponses } from './openapi/problem-responses.ts';
import { headersOfEveryReply } from './openapi/reply-headers.ts';
import { shareParameters } from './openapi/share-parameters.ts';
import { routes } from './routes/index.ts';
import { version } from './version.ts';

export const openapiJson = () => `${JSON.stringify(buildDocument(), null, 2)}\n`;

function buildDocument() {
  const app = new OpenAPIHono();
  const registry = app.openAPIRegistry;
  const components = createComponents(registry);
  registry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    description: '`Authorization: Bearer inc_…`',
  });
  registry.registerComponent('securitySchemes', 'header', {
    type: 'apiKey',
    in: 'header',
    name: 'X-API-Key',
  });
  registry.registerComponent('securitySchemes', 'cookie', {
    type: 'apiKey',
    in: 'cookie',
    name: SESSION_COOKIE,
    description:
      '`POST /session` sets it. Requests that change something also need `X-Requested-By`, or `Sec-Fetch-Site: same-origin` or the `Origin` of this service from a browser.',
  });
  for (const { definition } of routes) {
    registry.registerPath({
      method: definition.method,
      path: definition.path,
      operationId: definition.operationId,
      tags: [definition.tag],
      summary: definition.summary,
      ...(definition.description !== undefined && { description: definition.description }),
      security: securityOf(definition.scope),
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
      responses: {
        ...successResponses(definition, components),
        ...problemResponses(definition, components),
      },
    });
  }
  const document = app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Incident Management API',
      version,
      description:
        'Tracks incidents of Telegram bots. An incident is stored and answered at once; e-mail, Telegram and statistics follow in the background. Every path also answers with or without a slash at its end.',
      license: { name: 'MIT', url: 'https://opensource.org/license/MIT' },
    },
    servers: [{ url: '/' }],
    tags: [
      { name: 'incidents', description: 'Report, read and change incidents.' },
      { name: 'deliveries', description: 'Notifications and their results.' },
      { name: 'recipients', description: 'Recipients of notifications, and their status.' },
      { name: 'statistics', description: 'Numbers of incidents.' },
      { name: 'queue', description: 'Background jobs.' },
      { name: 'keys', description: 'API keys and their scopes.' },
      { name: 'session', description: 'Sign-in of browsers with a key.' },
      { name: 'service', description: 'The service itself.' },
    ],
  });
  const paths = document.paths as Paths;
  adaptParameters(paths);
  describeDefaults(paths, document.components?.schemas as Record<string, Schema>);
  return { ...document, components: { ...document.components, parameters: shareParameters(paths) } };
}

/** The key may be in either header, or that of the cookie's session. */
function securityOf(scope: Access): Record<string, string[]>[] {
  if (scope === 'public' || scope === 'sign_in') return [];
  const scopes = scope === 'any_key' ? [] : [scope];
  return [{ bearer: scopes }, { header: scopes }, { cookie: scopes }];
}

const headerParameters = ({ requestHeaders = {} }: RouteDefinition) =>
  Object.entries(requestHeaders).map(([name, description]) => ({
    in: 'header' as const,
    name,
    description,
    required: false,
    schema: { type: 'string' as const },
  }));

function successResponses(definition: RouteDefinition, components: Components) {
  return Object.fromEntries(
    Object.entries(definition.replies).map(
      ([status, { description, schema, example, contentTypes, headers = {} }]) => [
        status,
        {
          description,
          headers: {
            ...headersOfEveryReply(definition, components, Number(status)),
            ...Object.fromEntries(
              Object.entries(headers).map(([name, text]) => [name, components.header(name, text)]),
            ),
          },
          content: Object.fromEntries(
            (contentTypes ?? (schema ? ['application/json'] : [])).map((type) => [
              type,
              { schema: schema ?? {}, example },
            ]),
          ),
        },
      ],
    ),
  );
}
