import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import document from '@incidents/api/openapi.json' with { type: 'json' };
import { Incident } from '@incidents/contracts';
import { parseJson } from '@incidents/db/parse-json';
import { type DocumentedReply, documentedReplies } from '@incidents/testing/http/documented-reply';
import fc from 'fast-check';
import * as z from 'zod';
import { type Client, createClient, type Target } from './client.ts';
import { type Failure, findFailure } from './find-failure.ts';
import type { KnownIds } from './known-ids.ts';
import type { Operation } from './operations.ts';
import { RAW_INCIDENT } from './raw-requests.ts';
import { concrete, type Plan, type Request, requestsOf } from './requests.ts';
import type { Tally } from './tally.ts';

export interface FuzzContext {
  target: Target;
  known: KnownIds;
  tally: Tally;
  seed: number;
  runs: number;
}

/** Sends requests of one operation until an answer is wrong. */
export async function fuzzOperation(
  operation: Operation,
  context: FuzzContext,
): Promise<Failure | undefined> {
  const client = createClient(context.target);
  let sent: Request | undefined;
  const failure = await findFailure(
    operation.id,
    requestsOf(operation),
    { seed: context.seed ^ fc.hash(operation.id), runs: context.runs },
    (plan) => {
      sent = concrete(plan, context.known);
      return tryRequest(plan, sent, client, context);
    },
    () => (sent === undefined ? 'nothing' : formatRequest(sent)),
  );
  client.close();
  return failure;
}

/** Latin-1 in JSON notation, which shows every byte. */
function formatRequest({ method, target, headers, body }: Request): string {
  const head = [`${method} ${target}`, ...headers.map(([name, value]) => `${name}: ${value}`)].join('\n');
  const tail = body && `${body.chunked ? 'in chunks' : 'with its length'} ${body.bytes.slice(0, 4_000)}`;
  return JSON.stringify([head, tail]);
}

const asDocumented = documentedReplies(document);

async function tryRequest(plan: Plan, request: Request, client: Client, context: FuzzContext): Promise<void> {
  const { operation, valid, dice } = plan;
  const sendRequest = async (sent: Request, of: string, options?: { followUp: boolean }) => {
    const began = performance.now();
    const response = await client.send(sent);
    context.tally.add(of, response.status, performance.now() - began, options);
    assert.ok(response.status < 500, `${response.status}: ${await response.clone().text()}`);
    // The service resolves `..` in a path, so it may name another operation.
    const { pathname } = new URL(sent.target, 'http://localhost');
    return asDocumented(sent.method, pathname, response);
  };
  const read = (method: string, target: string) =>
    sendRequest({ method, target, headers: [], body: undefined }, operation.id, { followUp: true });

  const reply = await sendRequest(request, operation.id);
  // A key that was made up has the right form only.
  const isUnknownKey = operation.id === 'createSession' && reply.status === 401;
  const taken = reply.status < 300 || reply.status === 404 || reply.status === 409 || isUnknownKey;
  assert.ok(taken || !valid, `a valid request was refused: ${reply.status} ${reply.text.slice(0, 500)}`);
  checkRequestId(request, reply);

  if (reply.status < 300) {
    // A report that is added to an incident leaves its fields.
    const isAdded = operation.method === 'POST' && reply.status === 200;
    if (request.body && ['createIncident', 'updateIncident'].includes(operation.id) && !isAdded)
      await checkRoundTrip(request.body.bytes, reply, read);
    if (dice < 100) await checkNextPage(reply, read);
    if (dice < 50) await checkListedIncidents(operation, reply, read);
  }
  remember(operation, reply, context.known);
  if (operation.method === 'GET' && dice >= 900) await checkHead(request, reply, sendRequest);
}

function checkRequestId({ headers }: Request, reply: DocumentedReply): void {
  const given = headers.filter(([name]) => name === 'X-Request-Id').map(([, value]) => value);
  if (given.length === 1 && /^[\w.:-]{1,64}$/.test(given[0] ?? '')) {
    assert.equal(reply.headers.get('x-request-id'), given[0], 'the X-Request-Id that was sent');
  }
}

const fields = [
  'text',
  'description',
  'status',
  'source',
  'severity',
  'bot',
  'assignee',
  'labels',
  'links',
  'dedup_key',
] as const;

/** The stored form of an accepted value. */
function stored(field: (typeof fields)[number], given: object | string | null): unknown {
  if (given === null) return { severity: 'error', labels: {}, links: [] }[field as string] ?? null;
  if (field === 'bot') return String(given).replace('@', '');
  // Zod leaves out a value of this name.
  if (field === 'labels')
    return Object.fromEntries(Object.entries(given).filter(([name]) => name !== '__proto__'));
  return given;
}

/** The fields that were sent stand in the reply and in the incident. */
async function checkRoundTrip(
  bytes: string,
  reply: DocumentedReply,
  read: (method: string, target: string) => Promise<DocumentedReply>,
): Promise<void> {
  const sent = parseJson(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(bytes, 'latin1')));
  const answered = Incident.parse(reply.body);
  for (const field of fields) {
    const given = Object.getOwnPropertyDescriptor(sent, field);
    if (given === undefined) continue;
    assert.deepEqual(answered[field], stored(field, given.value), `the ${field} that was sent`);
  }
  const found = await read('GET', `/incidents/${answered.id}`);
  const now = Incident.parse(found.body);
  // A report of the other operation may have been added meanwhile.
  if (now.id === answered.id && now.occurrences > answered.occurrences) return;
  // A raw request may have updated it meanwhile.
  if (now.id === RAW_INCIDENT && now.version > answered.version) return;
  assert.deepEqual(found.body, answered, 'the incident that is read is not the one that was answered');
}

async function checkNextPage(
  reply: DocumentedReply,
  read: (method: string, target: string) => Promise<DocumentedReply>,
): Promise<void> {
  const link = reply.headers.get('link');
  if (link === null) return;
  const next = /^<([^>]+)>; rel="next"$/.exec(link)?.[1];
  assert.ok(next, `Link: ${link}`);
  assert.equal((await read('GET', next)).status, 200, `the next page, ${next}`);
}

const Listed = z.looseObject({ id: z.int() });

/** Listed incidents can be read, because deletions run at the end. */
async function checkListedIncidents(
  { path }: Operation,
  { body }: DocumentedReply,
  read: (method: string, target: string) => Promise<DocumentedReply>,
): Promise<void> {
  if (path !== '/incidents/' || !Array.isArray(body)) return;
  const named = z.array(Listed).parse([body.at(0), body.at(-1)].filter((entry) => entry !== undefined));
  for (const { id } of named)
    assert.equal((await read('GET', `/incidents/${id}`)).status, 200, `incident ${id}`);
}

/** Later requests use the ids of replies, but not of events. Lists of incidents are left out: other requests change those before they are read. */
function remember({ path }: Operation, { body }: DocumentedReply, known: KnownIds): void {
  const family = path.split('/').at(path.endsWith('/deliveries') ? -1 : 1);
  if (family === undefined || /\/(events|comments)$/.test(path)) return;
  const entries = Array.isArray(body) ? body.slice(0, family === 'incidents' ? 0 : 10) : [body];
  for (const entry of entries) {
    const { data } = Listed.safeParse(entry);
    if (data) known.add(family, data.id);
  }
}

/** Running jobs come and go: a list of them can differ for the moment of HEAD alone. */
const HEAD_ATTEMPTS = 5;

/** HEAD has the status and headers of GET. Two equal GETs around it show that nothing changed meanwhile. */
async function checkHead(
  request: Request,
  before: DocumentedReply,
  sendRequest: (request: Request, of: string, options: { followUp: boolean }) => Promise<DocumentedReply>,
  attempts = HEAD_ATTEMPTS,
): Promise<void> {
  const head = await sendRequest({ ...request, method: 'HEAD' }, 'HEAD', { followUp: true });
  const after = await sendRequest(request, 'HEAD', { followUp: true });
  if (withoutId(before.text) !== withoutId(after.text)) return;
  // An unchanged page may get a link to a new next page.
  if (JSON.stringify(headersOf(before)) !== JSON.stringify(headersOf(after))) return;
  assert.equal(head.status, after.status, 'the status of HEAD');
  if (attempts > 1 && !isDeepStrictEqual(headersOf(head), headersOf(after))) {
    return checkHead(request, after, sendRequest, attempts - 1);
  }
  assert.deepEqual(headersOf(head), headersOf(after), 'the headers of HEAD');
  // HEAD may omit Content-Length.
  const length = head.headers.get('content-length');
  if (length !== null) assert.equal(length, after.headers.get('content-length'), 'Content-Length of HEAD');
}

const withoutId = (text: string) => text.replace(/"request_id":"[^"]*"/, '');

const headersOf = ({ headers }: DocumentedReply) =>
  [...headers].filter(
    ([name]) => !['content-length', 'date', 'transfer-encoding', 'x-request-id'].includes(name),
  );
