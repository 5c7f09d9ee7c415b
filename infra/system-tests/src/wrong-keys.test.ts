import { randomBytes } from 'node:crypto';
import { Agent, request } from 'node:http';
import { createApiKey } from '@incidents/core/api-key/create-api-key';
import { eventually } from '@incidents/testing/eventually';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { findFreePort } from '@incidents/testing/processes/find-free-port';
import { expect, onTestFinished, test } from 'vitest';
import { useServiceProcesses, waitUntilReady } from './service-process.ts';

/** Five seconds at twenty per second, which use up the limit of their address. */
const WRONG_KEYS_AT_FIRST = 100;
const FLOOD = 3_000;
const CONNECTIONS = 100;
const LOOK_UP_INTERVAL_MS = 20;
const MAX_OTHER_STATEMENTS = 100;

const database = useTestDatabase();
const start = useServiceProcesses();

/** Statements of the database. The count is complete once the connections of the API are closed. */
async function countStatements(): Promise<number> {
  const { rows } = await database.db.pool.query(
    'select xact_commit + xact_rollback as statements from pg_stat_database where datname = current_database()',
  );
  return rows[0].statements;
}

// Every request comes from 127.0.0.1, as behind a proxy with TRUSTED_PROXY_HOPS=0.
test('a new API accepts valid keys during a flood of wrong ones, with few look-ups', async () => {
  const keys = await Promise.all(
    Array.from({ length: 6 }, () =>
      createApiKey({ db: database.db.kysely }, { name: 'test', scopes: ['incidents:read'] }),
    ),
  );
  const port = await findFreePort();
  const before = await countStatements();
  const api = start('api', {
    DATABASE_URL: database.url,
    PORT: String(port),
    AUTH: 'keys',
    RATE_LIMIT_READS: String(WRONG_KEYS_AT_FIRST),
    LOG_LEVEL: 'warn',
  });
  await waitUntilReady(`http://127.0.0.1:${port}`);

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

  /** On a busy machine the database may be late (503), which passes. A lock-out lasts a minute. */
  const isLetIn = ({ key }: { key: string }) => eventually(async () => expect(await send(key)).toBe(200));

  await Promise.all(Array.from({ length: WRONG_KEYS_AT_FIRST }, sendWrongKey));
  const [first, ...others] = keys;
  if (first !== undefined) await isLetIn(first);

  const began = performance.now();
  const refusals: (number | undefined)[] = [];
  let sent = 0;
  const flood = Array.from({ length: CONNECTIONS }, async () => {
    for (; sent < FLOOD; refusals.push(await sendWrongKey())) sent += 1;
  });
  const took: number[] = [];
  for (const key of others) {
    const asked = performance.now();
    await isLetIn(key);
    took.push(Math.round(performance.now() - asked));
  }
  await Promise.all(flood);
  const lasted = performance.now() - began;
  expect(refusals).toContain(429);
  expect(refusals).not.toContain(200);

  api.child.kill('SIGTERM');
  expect(await api.ended).toEqual({ code: 0, signal: null });
  await eventually(async () => {
    const { rows } = await database.db.pool.query(
      "select 1 from pg_stat_activity where datname = current_database() and application_name = 'incidents-api'",
    );
    expect(rows).toEqual([]);
  });
  const statements = (await countStatements()) - before;
  console.log(
    `${refusals.length} wrong keys in ${Math.round(lasted)} ms: ${statements} statements; new good keys took ${took.join(', ')} ms`,
  );
  expect(statements).toBeLessThan(lasted / LOOK_UP_INTERVAL_MS + MAX_OTHER_STATEMENTS);
});
