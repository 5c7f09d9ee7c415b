import type { FieldError, ReadinessChecks } from '@incidents/contracts';
import type { CoreErrorCode, CoreErrorDetails } from '@incidents/core/errors';

/** The status of each error that a verb throws. An error without a line here does not compile. */
const coreProblems = {
  incident_not_found: { status: 404 },
  version_mismatch: { status: 412 },
  dedup_key_taken: { status: 409 },
  idempotency_key_reused: { status: 422 },
  request_in_progress: { status: 409 },
  delivery_not_found: { status: 404 },
  delivery_not_failed: { status: 409 },
  job_not_found: { status: 404 },
  job_not_changeable: { status: 409 },
  api_key_not_found: { status: 404 },
} as const satisfies Record<CoreErrorCode, { status: number }>;

/** Every problem and its status. `locale/` has the texts; the OpenAPI document is generated from this record, too. */
export const problems = {
  malformed_request: { status: 400 },
  validation_failed: { status: 422 },
  unauthenticated: { status: 401 },
  insufficient_scope: { status: 403 },
  host_not_local: { status: 421 },
  cross_site_request: { status: 403 },
  not_same_origin: { status: 403 },
  ...coreProblems,
  route_not_found: { status: 404 },
  method_not_allowed: { status: 405 },
  request_timeout: { status: 408 },
  payload_too_large: { status: 413 },
  unsupported_media_type: { status: 415 },
  rate_limited: { status: 429 },
  headers_too_large: { status: 431 },
  internal_error: { status: 500 },
  not_ready: { status: 503 },
  overloaded: { status: 503 },
  unavailable: { status: 503 },
} as const;

export type ProblemCode = keyof typeof problems;

export const isProblemCode = (code: unknown): code is ProblemCode =>
  typeof code === 'string' && Object.hasOwn(problems, code);

export const problemType = (code: ProblemCode) => `urn:incident-service:problem:${code.replaceAll('_', '-')}`;

export class HttpProblem extends Error {
  readonly code: ProblemCode;
  readonly extensions: { errors?: FieldError[]; checks?: ReadinessChecks } & Partial<CoreErrorDetails>;
  readonly headers: Record<string, string>;
  /** Ends the text of the problem: the missing scope. */
  readonly subject: string | undefined;

  constructor(
    code: ProblemCode,
    extensions: HttpProblem['extensions'] = {},
    headers: HttpProblem['headers'] = {},
    subject?: string,
  ) {
    super(code);
    this.code = code;
    this.extensions = extensions;
    this.headers = headers;
    this.subject = subject;
  }
}
