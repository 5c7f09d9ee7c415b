import { CreateIncident, type Incident } from '@incidents/contracts';
import { expect, test } from 'vitest';
import { fuzzOperation } from './fuzz-operation.ts';
import { operations } from './operations.ts';
import { useFuzzTargets } from './testing/fuzz-target.ts';

// These tests show that the fuzzer finds each kind of defect.
const start = useFuzzTargets();

const operationOf = (id: string) => {
  const found = operations.find((operation) => operation.id === id);
  if (found === undefined) throw new Error(`there is no operation ${id}`);
  return found;
};

/** Stores and returns incidents as the service does, and lets `spoil` change a reply. */
const incidents = (spoil: (reply: Reply, text: unknown) => Reply) => {
  const stored: Incident[] = [];
  const answer = (method: string | undefined, path: string, body: string): Reply => {
    if (method === 'GET') return { status: 200, body: stored[Number(path.split('/')[2]) - 1] };
    const { data } = CreateIncident.safeParse(parsed(body));
    if (data === undefined) return problem(422, 'validation-failed', { errors: [] });
    const at = '2025-11-08T12:00:00.000Z';
    const incident: Incident = {
      ...data,
      id: stored.length + 1,
      severity: data.severity ?? 'error',
      bot: data.bot ?? null,
      assignee: data.assignee ?? null,
      labels: data.labels ?? {},
      links: data.links ?? [],
      dedup_key: data.dedup_key ?? null,
      created_at: at,
      occurrences: 1,
      last_seen_at: at,
      updated_at: at,
      acknowledged_at: null,
      closed_at: null,
      escalates_at: null,
      version: 1,
    };
    stored.push(incident);
    return spoil({ status: 201, body: incident }, data.text);
  };
  return start(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const type = incoming.headers['content-type'];
    const bytes = Buffer.concat(chunks);
    const reply =
      type !== undefined && !/^application\/(\S+\+)?json *(;|$)/i.test(type)
        ? problem(415, 'unsupported-media-type')
        : bytes.length > 524_288
          ? problem(413, 'payload-too-large')
          : answer(incoming.method, incoming.url ?? '', bytes.toString('latin1'));
    const given = incoming.headers['x-request-id'];
    const id = typeof given === 'string' && /^[\w.:-]{1,64}$/.test(given) ? given : 'made-here';
    const isProblem = reply.status >= 400;
    const content = JSON.stringify(
      isProblem ? Object.assign({}, reply.body, { request_id: id }) : reply.body,
    );
    outgoing.writeHead(reply.status, {
      'Content-Type': isProblem ? 'application/problem+json' : 'application/json',
      'Content-Length': Buffer.byteLength(content),
      'X-Request-Id': id,
      ...reply.headers,
    });
    outgoing.end(content);
  });
};

interface Reply {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
}
const problem = (status: number, type: string, more: object = {}): Reply => ({
  status,
  body: {
    type: `urn:incident-service:problem:${type}`,
    title: 't',
    status,
    detail: 'd',
    instance: '/',
    ...more,
  },
});
const parsed = (latin1: string): unknown => {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(latin1, 'latin1')));
  } catch {
    return undefined;
  }
};
const failureWith = async (spoil: (reply: Reply, text: unknown) => Reply) =>
  fuzzOperation(operationOf('createIncident'), await incidents(spoil));
const has = (text: unknown, part: string) => typeof text === 'string' && text.includes(part);

test('finds nothing in correct replies', async () => {
  expect(await failureWith((reply) => reply)).toBeUndefined();
});

test.each<[string, (reply: Reply, text: unknown) => Reply, RegExp]>([
  ['a 500', (reply, text) => (has(text, '%') ? problem(500, 'internal-error') : reply), /: 500: /],
  ['a 503', (reply, text) => (has(text, '%') ? problem(503, 'unavailable') : reply), /: 503: /],
  [
    'another status',
    (reply, text) => (has(text, '%') ? problem(410, 'gone') : reply),
    /a status that the document does not name/,
  ],
  [
    'another field',
    ({ status, body }) => ({ status, body: Object.assign({ secret: 1 }, body) }),
    /not what the schema says/,
  ],
  ['a missing field', ({ status }) => ({ status, body: { id: 1 } }), /not what the schema says/],
  [
    'another header',
    (reply) => ({ ...reply, headers: { 'X-Powered-By': 'x' } }),
    /headers that the document does not name/,
  ],
  [
    'another type',
    (reply) => ({ ...reply, headers: { 'Content-Type': 'text/html' } }),
    /a content type that the document does not name/,
  ],
  ['no id', (reply) => ({ ...reply, headers: { 'X-Request-Id': '' } }), /X-Request-Id/],
  [
    'another text',
    (reply, text) => ({ ...reply, body: Object.assign({}, reply.body, { text: String(text).trim() }) }),
    /the text that was sent/,
  ],
  [
    'a text that is refused',
    (reply, text) => (has(text, '%') ? problem(422, 'validation-failed', { errors: [] }) : reply),
    /a valid request was refused/,
  ],
  [
    'an incident that is not there',
    (reply) => ({ ...reply, body: Object.assign({}, reply.body, { id: 1 }) }),
    /the incident that is read/,
  ],
])('finds %s', async (_, spoil, reason) => {
  const failure = await failureWith(spoil);
  expect(failure?.report).toMatch(reason);
  expect(failure?.report).toMatch(/sent: \["POST \/incidents/);
});
