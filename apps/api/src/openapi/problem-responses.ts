import {
  DedupKeyTakenProblem,
  type FieldError,
  NotReadyProblem,
  Problem,
  ValidationProblem,
  VersionMismatchProblem,
} from '@incidents/contracts';
import * as z from 'zod';
import { authorizationProblems } from '../http/authentication.ts';
import { isLimited, type RouteDefinition } from '../http/define-route.ts';
import { type ProblemCode, problems, problemType } from '../http/problem.ts';
import { locales } from '../locale/locales.ts';
import { incidentExample } from '../routes/incidents/incident-example.ts';
import type { Components } from './components.ts';
import { headersOfEveryReply } from './reply-headers.ts';

/** References to `components.responses`, by status. */
export function problemResponses(definition: RouteDefinition, components: Components) {
  const byStatus = Map.groupBy(
    problemsOf(definition).toSorted((a, b) => problems[a].status - problems[b].status),
    (code) => problems[code].status,
  );
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      status,
      components.response(nameOf(codes, definition), () =>
        problemResponse(status, codes, definition, components),
      ),
    ]),
  );
}

function problemsOf(definition: RouteDefinition): ProblemCode[] {
  const { input, scope, problems: own } = definition;
  const takesInput = input.path || input.query || input.body;
  return [
    ...own,
    ...(takesInput ? (['validation_failed'] as const) : []),
    ...authorizationProblems(scope, definition.method),
    ...(input.body ? (['payload_too_large', 'unsupported_media_type'] as const) : []),
    ...(isLimited(definition) ? (['rate_limited', 'overloaded'] as const) : []),
    'internal_error',
  ];
}

/** Equal names have equal content, apart from the path of the example. */
function nameOf(codes: ProblemCode[], definition: RouteDefinition): string {
  const names = codes.map((code) =>
    code === 'validation_failed'
      ? `ValidationFailed_${fieldErrorExample(definition.input).path}`
      : pascalCase(code),
  );
  return `${names.map(pascalCase).join('Or')}${isLimited(definition) ? '' : 'Unlimited'}`;
}

const pascalCase = (text: string) =>
  text.replaceAll(/(?:^|[_.])(\w)/g, (_, letter: string) => letter.toUpperCase());

const schemas: Partial<Record<ProblemCode, typeof Problem>> = {
  validation_failed: ValidationProblem,
  not_ready: NotReadyProblem,
  version_mismatch: VersionMismatchProblem,
  dedup_key_taken: DedupKeyTakenProblem,
  idempotency_key_reused: ValidationProblem,
};

function problemResponse(
  status: number,
  codes: ProblemCode[],
  definition: RouteDefinition,
  components: Components,
) {
  return {
    description: codes.map((code) => locales.en.problems[code].title).join('; or: '),
    headers: {
      ...headersOfEveryReply(definition, components, status),
      ...((status === 401 || status === 403) && {
        'WWW-Authenticate': components.header('WWW-Authenticate', 'The required kind of key.'),
      }),
      ...((status === 429 || status === 503) && {
        'Retry-After': components.header('Retry-After', 'Seconds until a retry makes sense.'),
      }),
    },
    content: {
      'application/problem+json': {
        schema: components.schema(codes.map((code) => schemas[code]).find((schema) => schema) ?? Problem),
        ...examplesOf(codes, definition),
      },
    },
  };
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
  insufficient_scope: ({ scope }) => ({
    detail: `${locales.ru.problems.insufficient_scope.detail}: ${scope}`,
  }),
  version_mismatch: () => ({ incident: incidentExample }),
  dedup_key_taken: () => ({ incident_id: 43 }),
  idempotency_key_reused: () => {
    const { title, detail } = locales.ru.problems.idempotency_key_reused;
    const error = { path: 'header.Idempotency-Key', code: 'reused', message: title };
    return { detail: `${detail}: ${error.path}: ${error.message}`, errors: [error] };
  },
  not_ready: () => ({
    checks: { process: 'ok', database: 'failed', schema: 'unknown', writes: 'unknown' },
  }),
};

function fieldErrorExample({ path, query, body }: RouteDefinition['input']): FieldError {
  if (body instanceof z.ZodObject && 'key' in body.shape)
    return { path: 'body.key', code: 'too_small', message: 'длина не меньше 1' };
  if (body) return { path: 'body.text', code: 'too_small', message: 'длина не меньше 1' };
  const [parameter] = Object.keys(path?.shape ?? query?.shape ?? {});
  if (query && !('limit' in query.shape)) {
    if (!query.safeParse({}).success)
      return { path: `query.${parameter}`, code: 'required', message: 'обязательное поле' };
    return 'channel' in query.shape
      ? { path: 'query.channel', code: 'invalid_value', message: 'допустимые значения: email, telegram' }
      : { path: `query.${parameter}`, code: 'nul_character', message: 'символ с кодом 0 недопустим' };
  }
  const refused = query ? 'query.limit' : `path.${parameter}`;
  return { path: refused, code: 'invalid_type', message: 'ожидается целое число' };
}
