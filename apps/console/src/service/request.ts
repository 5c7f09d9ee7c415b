import type { FieldError, Incident, Problem } from '@incidents/contracts';
import { recordNoReply, recordReply } from './connection.ts';
import { isSignInRequired } from './sign-in-required.ts';

const READ_TIMEOUT_MS = 15_000;
/** A test message waits for its result for 20 s. */
const WRITE_TIMEOUT_MS = 30_000;

export interface ServiceReply<Body> {
  status: number;
  headers: Headers;
  body: Body;
}

export interface RequestOptions {
  json?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
}

/** The members that some problems have beyond those of each. */
type AnyProblem = Pick<Problem, 'status' | 'title' | 'detail'> &
  Partial<Problem & { errors: FieldError[]; incident: Incident; incident_id: number }>;

/** The service refused the request; the message is in its words. */
export class ProblemError extends Error {
  override name = 'ProblemError';
  readonly problem: AnyProblem;

  constructor(problem: AnyProblem) {
    super(problem.detail);
    this.problem = problem;
  }
}

/** The present incident, if the service refused a change because of its version. */
export const findPresentIncident = (error: unknown): Incident | undefined =>
  error instanceof ProblemError ? error.problem.incident : undefined;

/** Whether the service answered 404. */
export const isNotFound = (error: unknown): boolean =>
  error instanceof ProblemError && error.problem.status === 404;

/** No reply arrived. */
class NoReplyError extends Error {
  override name = 'NoReplyError';
}

/** @throws ProblemError, NoReplyError */
export async function request<Body>(
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  path: string,
  { json, headers = {}, signal }: RequestOptions = {},
): Promise<ServiceReply<Body>> {
  const timeout = AbortSignal.timeout(method === 'GET' ? READ_TIMEOUT_MS : WRITE_TIMEOUT_MS);
  const reply = await readReply(
    new Request(path, {
      method,
      cache: 'no-store',
      headers: {
        Accept: 'application/json',
        // Pages of other origins cannot send it, so a session cannot be misused by them.
        'X-Requested-By': 'console',
        ...(json !== undefined && { 'Content-Type': 'application/json' }),
        ...headers,
      },
      body: json === undefined ? null : JSON.stringify(json),
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    }),
  ).catch((error: unknown) => {
    signal?.throwIfAborted();
    recordNoReply();
    throw new NoReplyError(error instanceof Error ? error.message : String(error));
  });
  recordReply();
  const { status, body } = reply;
  if (status < 400) return { ...reply, body: body as Body };
  if (status === 401) isSignInRequired.set(true);
  throw new ProblemError(toProblem(status, body));
}

async function readReply(outgoing: Request): Promise<ServiceReply<unknown>> {
  const response = await fetch(outgoing);
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: parseJson(text) };
}

function parseJson(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A proxy in between may answer with another body. */
function toProblem(status: number, body: unknown): AnyProblem {
  if (typeof body === 'object' && body !== null && 'detail' in body) return body as AnyProblem;
  return { status, title: `HTTP ${status}`, detail: `HTTP ${status}` };
}

export const get = <Body>(path: string, options?: RequestOptions) =>
  request<Body>('GET', path, options).then(({ body }) => body);

/** The path of the next page in a `Link` header. */
export const nextPage = (headers: Headers): string | undefined =>
  /<([^>]+)>;\s*rel="?next"?/.exec(headers.get('link') ?? '')?.[1];
