import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Problem } from '@incidents/contracts';
import { openConnection, type RawReply } from '@incidents/testing/http/raw-http';
import { type Failure, findFailure } from './find-failure.ts';
import type { FuzzContext } from './fuzz-operation.ts';
import { HOST, type RawExchange, rawExchanges } from './raw-requests.ts';

const OPTIONAL_REPLY_MS = 150;
const REQUIRED_REPLY_MS = 10_000;

const NAME = 'bytes on a socket';

/** Opens connections one after the other and writes hostile bytes, until a reply is wrong. */
export const fuzzConnections = (
  index: number,
  runs: number,
  context: FuzzContext,
): Promise<Failure | undefined> =>
  findFailure(
    NAME,
    rawExchanges,
    { seed: context.seed + index, runs },
    (exchange) => tryExchange(exchange, context),
    (exchange) => JSON.stringify(exchange),
  );

async function tryExchange(
  { parts, ending, replies }: RawExchange,
  { target, tally }: FuzzContext,
): Promise<void> {
  const began = performance.now();
  const connection = await openConnection(target.port);
  const carried = Object.entries(target.headers).map(([name, value]) => `${name}: ${value}\r\n`);
  for (const part of parts) {
    const written = part.replaceAll(HOST, HOST + carried.join(''));
    connection.write(Buffer.from(written, 'latin1'));
    await sleep(1);
  }
  if (ending === 'end') connection.end();
  const timeout = new AbortController();
  const wait = ending === 'hang up' ? 5 : replies === undefined ? OPTIONAL_REPLY_MS : REQUIRED_REPLY_MS;
  const answered = await Promise.race([
    connection.closed(),
    sleep(wait, undefined, { signal: timeout.signal }).catch(() => undefined),
  ]);
  timeout.abort();
  const received = answered ?? (await connection.replies(0));
  connection.destroy();

  const status = received.at(-1)?.status ?? 0;
  tally.add(NAME, status, performance.now() - began);
  if (connection.received() !== '')
    assert.match(connection.received(), /^HTTP\/1\.1 \d{3} /, 'the first bytes of the reply');
  for (const reply of received) checkReply(reply);
  if (replies === undefined) return;
  assert.equal(received.length, replies, `replies, ${connection.received().slice(0, 500)}`);
  const named = received
    .map((reply) => reply.headers.get('x-request-id') ?? '')
    .filter((id) => id.startsWith('pipelined-'));
  assert.deepEqual(
    named,
    named.map((_, index) => `pipelined-${index}`),
    'replies in their order',
  );
}

function checkReply({ status, headers, body }: RawReply): void {
  const what = `${status} ${JSON.stringify([...headers])} ${body.slice(0, 500)}`;
  if (status === 100) return;
  assert.ok(status >= 200 && status < 500, what);
  assert.match(headers.get('x-request-id') ?? '', /^[\w.:-]{1,64}$/, `X-Request-Id of ${what}`);
  if (status < 400) return;
  assert.equal(headers.get('content-type'), 'application/problem+json', what);
  const problem = Problem.parse(JSON.parse(body));
  assert.deepEqual([problem.status, problem.request_id], [status, headers.get('x-request-id')], what);
}
