import { randomBytes } from 'node:crypto';
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { keysIn } from '@incidents/api/testing/keys';
import { eventually } from '@incidents/db/testing/eventually';
import { useTestDatabase } from '@incidents/db/testing/test-database';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from './free-port.ts';
import { useServiceProcesses } from './service-process.ts';

const CONNECTIONS = 100;
/** Milliseconds. */
const LOAD_MS = 2_000;
/** Milliseconds from one look-up of new keys to the next. */
const LOOK_UP_INTERVAL_MS = 20;
/** Statements of an API that starts, is probed and ends. */
const MAX_OTHER_STATEMENTS = 100;

const database = useTestDatabase();
const start = useServiceProcesses();

/** Statements that the database has run; complete once the connections of the API are closed. */
async function countStatements(): Promise<number> {
  const { rows } = await database.db.pool.query(
    'select xact_commit + xact_rollback as statements from pg_stat_database where datname = current_database()',
  );
  return rows[0].statements;
}

// Every request comes from 127.0.0.1, as behind a proxy with TRUSTED_PROXY_HOPS=0.
test('a new API lets good keys in beside a flood of wrong ones, with few look-ups', async () => {
  const keys = await Promise.all(
    Array.from({ length: 6 }, () => keysIn(database).create(['incidents:read'])),
  );
  const port = await freePort();
  const before = await countStatements();
  const api = start('api', {
    DATABASE_URL: database.url,
    PORT: String(port),
    AUTH: 'keys',
    // The wrong keys use up the budget of their address. Good keys have their own.
    RATE_LIMIT_READS: '500',
    LOG_LEVEL: 'warn',
  });
  await eventually(async () => expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200));

  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS + keys.length });
  onTestFinished(() => agent.destroy());
  const send = (key: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      request({ port, path: '/incidents/?limit=0', agent, headers: { 'x-api-key': key } }, (reply) => {
        reply.on('error', reject);
        reply.on('end', () => resolve(reply.statusCode)).resume();
      })
        .on('error', reject)
        .end();
    });
  const sendWrongKey = () => send(`inc_${randomBytes(32).toString('base64url')}`);

  // Five seconds of twenty wrong keys a second.
  await Promise.all(Array.from({ length: 100 }, sendWrongKey));
  const [first, ...others] = keys;
  expect(await send(first?.key ?? '')).toBe(200);

  const began = performance.now();
  const refusals: (number | undefined)[] = [];
  const flood = Array.from({ length: CONNECTIONS }, async () => {
    while (performance.now() < began + LOAD_MS) refusals.push(await sendWrongKey());
  });
  const took: number[] = [];
  for (const { key } of others) {
    await sleep(LOAD_MS / others.length);
    const sent = performance.now();
    expect(await send(key)).toBe(200);
    took.push(performance.now() - sent);
  }
  await Promise.all(flood);
  const lasted = performance.now() - began;
  expect(new Set(refusals)).toEqual(new Set([401, 429]));

  api.signal('SIGTERM');
  expect(await api.ended).toEqual({ code: 0, signal: null });
  await eventually(async () => {
    const { rows } = await database.db.pool.query(
      "select 1 from pg_stat_activity where datname = current_database() and application_name = 'incidents-api'",
    );
    expect(rows).toEqual([]);
  });
  const statements = (await countStatements()) - before;
  console.log(
    `${refusals.length} wrong keys in ${Math.round(lasted)} ms: ${statements} statements; new good keys took ${took.map(Math.round).join(', ')} ms`,
  );
  expect(statements).toBeLessThan(lasted / LOOK_UP_INTERVAL_MS + MAX_OTHER_STATEMENTS);
});
