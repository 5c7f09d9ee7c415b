import assert from 'node:assert/strict';
import document from '@incidents/api/openapi.json' with { type: 'json' };
import { Incident } from '@incidents/contracts';
import { type DocumentedReply, documentedReplies } from '@incidents/testing/http/documented-reply';
import fc from 'fast-check';
import * as z from 'zod';
import { type Client, createClient, type Target } from './client.ts';
import { type Failure, findFailure } from './find-failure.ts';
import type { KnownIds } from './known-ids.ts';
import type { Operation } from './operations.ts';
import { concrete, type Plan, type Request, requestsOf } from './requests.ts';
import type { Tally } from './tally.ts';

/** What all operations share while they are tried. */
export interface Trial {
  target: Target;
  known: KnownIds;
  tally: Tally;
  seed: number;
  runs: number;
}

/** Sends requests of one operation, one after the other, until one is not answered as it has to be. */
export async function fuzzOperation(operation: Operation, trial: Trial): Promise<Failure | undefined> {
  const client = createClient(trial.target);
  let sent: Request | undefined;
  const failure = await findFailure(
    operation.id,
    requestsOf(operation),
    { seed: trial.seed ^ fc.hash(operation.id), runs: trial.runs },
    (plan) => {
      sent = concrete(plan, trial.known);
      return tryRequest(plan, sent, client, trial);
    },
    () => (sent === undefined ? 'nothing' : printed(sent)),
  );
  client.close();
  return failure;
}

/** Latin-1 in the notation of JSON, so that every byte can be read. */
function printed({ method, target, headers, body }: Request): string {
  const head = [`${method} ${target}`, ...headers.map(([name, value]) => `${name}: ${value}`)].join('\n');
  const tail = body && `${body.chunked ? 'in chunks' : 'with its length'} ${body.bytes.slice(0, 4_000)}`;
  return JSON.stringify([head, tail]);
}

const asDocumented = documentedReplies(document);

async function tryRequest(plan: Plan, request: Request, client: Client, trial: Trial): Promise<void> {
  const { operation, valid, dice } = plan;
  const ask = async (asked: Request, of: string, options?: { followUp: boolean }) => {
    const began = performance.now();
    const response = await client.send(asked);
    trial.tally.add(of, response.status, performance.now() - began, options);
    assert.ok(response.status < 500, `${response.status}: ${await response.clone().text()}`);
    // As the service reads it: an address with .. in it is that of another operation.
    const { pathname } = new URL(asked.target, 'http://localhost');
    return asDocumented(asked.method, pathname, response);
  };
  const look = (method: string, target: string) =>
    ask({ method, target, headers: [], body: undefined }, operation.id, { followUp: true });

  const reply = await ask(request, operation.id);
  const taken = reply.status < 300 || reply.status === 404 || reply.status === 409;
  assert.ok(taken || !valid, `a valid request was refused: ${reply.status} ${reply.text.slice(0, 500)}`);
  keepsRequestId(request, reply);

  if (reply.status < 300) {
    if (request.body && operation.body && operation.path.startsWith('/incidents/'))
      await comesBack(request.body.bytes, reply, look);
    if (dice < 100) await linksLead(reply, look);
    if (dice < 50) await namedExist(operation, reply, look);
  }
  remember(operation, reply, trial.known);
  if (operation.method === 'GET' && dice >= 900) await headIsLike(request, reply, ask);
}

/** A name that the caller gave its request is in the reply, if it is fit to be one. */
function keepsRequestId({ headers }: Request, reply: DocumentedReply): void {
  const given = headers.filter(([name]) => name === 'X-Request-Id').map(([, value]) => value);
  if (given.length === 1 && /^[\w.:-]{1,64}$/.test(given[0] ?? '')) {
    assert.equal(reply.headers.get('x-request-id'), given[0], 'the X-Request-Id that was sent');
  }
}

const fields = ['text', 'description', 'status', 'source'] as const;

/** What was sent stands in the reply, and in the incident when it is read. */
async function comesBack(
  bytes: string,
  reply: DocumentedReply,
  look: (method: string, target: string) => Promise<DocumentedReply>,
): Promise<void> {
  const sent: unknown = JSON.parse(
    new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(bytes, 'latin1')),
  );
  const answered = Incident.parse(reply.body);
  for (const field of fields) {
    const given = Object.getOwnPropertyDescriptor(sent, field);
    if (given !== undefined) assert.equal(answered[field], given.value, `the ${field} that was sent`);
  }
  const read = await look('GET', `/incidents/${answered.id}`);
  assert.deepEqual(read.body, answered, 'the incident that is read is not the one that was answered');
}

/** The next page is one. */
async function linksLead(
  reply: DocumentedReply,
  look: (method: string, target: string) => Promise<DocumentedReply>,
): Promise<void> {
  const link = reply.headers.get('link');
  if (link === null) return;
  const next = /^<([^>]+)>; rel="next"$/.exec(link)?.[1];
  assert.ok(next, `Link: ${link}`);
  assert.equal((await look('GET', next)).status, 200, `the next page, ${next}`);
}

const Listed = z.looseObject({ id: z.int() });

/** Of things that are never deleted, one that is named can be read. */
async function namedExist(
  { path }: Operation,
  { body }: DocumentedReply,
  look: (method: string, target: string) => Promise<DocumentedReply>,
): Promise<void> {
  if (path !== '/incidents/' || !Array.isArray(body)) return;
  const named = z.array(Listed).parse([body.at(0), body.at(-1)].filter((entry) => entry !== undefined));
  for (const { id } of named)
    assert.equal((await look('GET', `/incidents/${id}`)).status, 200, `incident ${id}`);
}

/** Whoever is named can be asked for later; an incident not before it was looked at, because then others change it. */
function remember({ path }: Operation, { body }: DocumentedReply, known: KnownIds): void {
  const family = path.split('/').at(path.endsWith('/deliveries') ? -1 : 1);
  if (family === undefined || path === '/incidents/{id}/events') return;
  const entries = Array.isArray(body) ? body.slice(0, family === 'incidents' ? 0 : 10) : [body];
  for (const entry of entries) {
    const { data } = Listed.safeParse(entry);
    if (data) known.add(family, data.id);
  }
}

/** HEAD has the status and the headers of GET; asked between two GETs that agree, so that nothing changed meanwhile. */
async function headIsLike(
  request: Request,
  before: DocumentedReply,
  ask: (request: Request, of: string, options: { followUp: boolean }) => Promise<DocumentedReply>,
): Promise<void> {
  const head = await ask({ ...request, method: 'HEAD' }, 'HEAD', { followUp: true });
  const after = await ask(request, 'HEAD', { followUp: true });
  if (withoutId(before.text) !== withoutId(after.text)) return;
  // A page that stays as it is may get a next one.
  if (JSON.stringify(headersOf(before)) !== JSON.stringify(headersOf(after))) return;
  assert.equal(head.status, after.status, 'the status of HEAD');
  assert.deepEqual(headersOf(head), headersOf(after), 'the headers of HEAD');
  // It may be left out, but not be another one.
  const length = head.headers.get('content-length');
  if (length !== null) assert.equal(length, after.headers.get('content-length'), 'Content-Length of HEAD');
}

const withoutId = (text: string) => text.replace(/"request_id":"[^"]*"/, '');

/** Those that say the same in two replies to the same request. */
const headersOf = ({ headers }: DocumentedReply) =>
  [...headers].filter(
    ([name]) => !['content-length', 'date', 'transfer-encoding', 'x-request-id'].includes(name),
  );
