import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Problem } from '@incidents/contracts';
import { openConnection, type RawReply } from '@incidents/testing/http/raw-http';
import { type Failure, findFailure } from './find-failure.ts';
import type { Trial } from './fuzz-operation.ts';
import { HOST, type RawExchange, rawExchanges } from './raw-requests.ts';

/** Milliseconds to wait for the reply to what may not get one, and to what has to. */
const MAY_ANSWER = 150;
const HAS_TO_ANSWER = 10_000;

/** What a lane of these is called in the table. */
const NAME = 'bytes on a socket';

/** Opens connections one after the other and writes to them what nobody should, until a reply is wrong. */
export const fuzzConnections = (lane: number, runs: number, trial: Trial): Promise<Failure | undefined> =>
  findFailure(
    NAME,
    rawExchanges,
    { seed: trial.seed + lane, runs },
    (exchange) => tryExchange(exchange, trial),
    (exchange) => JSON.stringify(exchange),
  );

async function tryExchange({ parts, ending, replies }: RawExchange, { target, tally }: Trial): Promise<void> {
  const began = performance.now();
  const connection = await openConnection(target.port);
  const carried = Object.entries(target.headers).map(([name, value]) => `${name}: ${value}\r\n`);
  for (const part of parts) {
    const written = part.replaceAll(HOST, HOST + carried.join(''));
    connection.write(Buffer.from(written, 'latin1'));
    await sleep(1);
  }
  if (ending === 'end') connection.end();
  const patience = new AbortController();
  const wait = ending === 'hang up' ? 5 : replies === undefined ? MAY_ANSWER : HAS_TO_ANSWER;
  const answered = await Promise.race([
    connection.closed(),
    sleep(wait, undefined, { signal: patience.signal }).catch(() => undefined),
  ]);
  patience.abort();
  const received = answered ?? (await connection.replies(0));
  connection.destroy();

  const status = received.at(-1)?.status ?? 0;
  tally.add(NAME, status, performance.now() - began);
  if (connection.received() !== '')
    assert.match(connection.received(), /^HTTP\/1\.1 \d{3} /, 'the first bytes of the reply');
  for (const reply of received) isProper(reply);
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

/** What every reply is, whoever asked for whatever. */
function isProper({ status, headers, body }: RawReply): void {
  const what = `${status} ${JSON.stringify([...headers])} ${body.slice(0, 500)}`;
  if (status === 100) return;
  assert.ok(status >= 200 && status < 500, what);
  assert.match(headers.get('x-request-id') ?? '', /^[\w.:-]{1,64}$/, `X-Request-Id of ${what}`);
  if (status < 400) return;
  assert.equal(headers.get('content-type'), 'application/problem+json', what);
  const problem = Problem.parse(JSON.parse(body));
  assert.deepEqual([problem.status, problem.request_id], [status, headers.get('x-request-id')], what);
}
