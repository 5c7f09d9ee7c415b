import { DeliveryList, Incident } from '@incidents/contracts';
import { eventually } from '@incidents/testing/eventually';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { findFreePort } from '@incidents/testing/processes/find-free-port';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { DOCUMENTED, modernPgBouncer, oldPgBouncer, startPgBouncer } from './pgbouncer/start-pgbouncer.ts';
import { useServiceProcesses, waitUntilReady } from './service-process.ts';

const REQUESTS = 200;
const CONNECTIONS = 16;

const start = useServiceProcesses();
const database = useTestDatabase({ empty: true });
const exitCode = async (process: ReturnType<typeof start>) => (await process.ended).code;
const fatal = ({ lines }: ReturnType<typeof start>) => lines.findLast(({ level }) => level === 'fatal')?.msg;

describe.skipIf(modernPgBouncer === undefined)('PgBouncer from 1.21 on, in transaction mode', () => {
  const pooler = async (settings: Partial<typeof DOCUMENTED>) => {
    if (modernPgBouncer === undefined) throw new Error('skipped');
    const running = await startPgBouncer(modernPgBouncer, database.url, settings);
    onTestFinished(() => running.stop());
    return running.url;
  };

  test('six APIs start at once, no request fails, and the worker tells of every incident', async () => {
    const env = {
      DATABASE_URL: await pooler(DOCUMENTED),
      DATABASE_DIRECT_URL: database.url,
      RATE_LIMIT_READS: '0',
      RATE_LIMIT_WRITES: '0',
    };
    const ports = await Promise.all(Array.from({ length: 6 }, findFreePort));
    const apis = ports.map((port) => start('api', { ...env, PORT: String(port) }));
    const urls = ports.map((port) => `http://127.0.0.1:${port}`);
    await Promise.all(urls.map((url) => waitUntilReady(url)));
    // Services write their logs with a delay.
    await eventually(() => {
      const applied = apis.filter(({ lines }) =>
        lines.some(({ msg }) => msg.startsWith('applied migration')),
      );
      expect(applied).toHaveLength(1);
    });

    const worker = start('worker', env);
    const ids: number[] = [];
    const statuses: number[] = [];
    const send = async (index: number) => {
      const url = urls[index % urls.length];
      const [method, path, body] =
        index % 3 === 0 || ids.length === 0
          ? ['POST', '/incidents/', { text: `Авария ${index}`, description: 'учебная', source: 'test' }]
          : index % 3 === 1
            ? ['PATCH', `/incidents/${ids.at(-1)}`, { description: `уточнение ${index}` }]
            : ['GET', '/incidents/?limit=20', undefined];
      const reply = await fetch(`${url}${path}`, {
        method,
        headers: { 'content-type': 'application/json' },
        ...(body && { body: JSON.stringify(body) }),
      });
      statuses.push(reply.status);
      const answer: unknown = await reply.json();
      if (reply.status === 201) ids.push(Incident.parse(answer).id);
    };
    let next = 0;
    const client = async () => {
      while (next < REQUESTS) await send(next++);
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, client));
    expect(statuses.filter((status) => status !== 200 && status !== 201)).toEqual([]);
    expect(ids.length).toBeGreaterThan(REQUESTS / 4);

    await eventually(async () => {
      for (const id of ids) {
        const reply = await fetch(`${urls[0]}/incidents/${id}/deliveries`);
        const deliveries = DeliveryList.parse(await reply.json());
        expect(deliveries.map(({ state }) => state)).toEqual(['logged', 'logged']);
      }
    }, 60_000);

    for (const process of [...apis, worker]) process.child.kill('SIGTERM');
    expect(await Promise.all([...apis, worker].map(exitCode))).toEqual(Array(7).fill(0));
  }, 180_000);

  test('is used by neither worker nor migration', async () => {
    const DATABASE_URL = await pooler(DOCUMENTED);
    const processes = [start('worker', { DATABASE_URL }), start('api', { DATABASE_URL, PORT: '0' })];
    expect(await Promise.all(processes.map(exitCode))).toEqual([78, 78]);
    for (const process of processes) expect(fatal(process)).toContain('DATABASE_DIRECT_URL');
  });

  test.each([
    ['time limits', { ignore_startup_parameters: 'options' }, 'connect_query'],
    ['leave to ignore options', {}, 'ignore_startup_parameters'],
    ['named statements', { ...DOCUMENTED, max_prepared_statements: '0' }, 'max_prepared_statements'],
  ])('is refused by name without %s', async (_what, settings, message) => {
    const api = start('api', {
      DATABASE_URL: await pooler(settings),
      DATABASE_DIRECT_URL: database.url,
      PORT: '0',
    });
    expect(await exitCode(api)).toBe(78);
    expect(fatal(api)).toContain(message);
  });
});

test.skipIf(oldPgBouncer === undefined)('PgBouncer before 1.21 is refused by name', async () => {
  if (oldPgBouncer === undefined) return;
  for (const settings of [{}, { ignore_startup_parameters: 'options' }]) {
    const pooler = await startPgBouncer(oldPgBouncer, database.url, settings);
    try {
      const api = start('api', {
        DATABASE_URL: pooler.url,
        DATABASE_DIRECT_URL: database.url,
        PORT: '0',
      });
      expect(await exitCode(api)).toBe(78);
      expect(fatal(api)).toContain('PgBouncer 1.21 or newer');
    } finally {
      await pooler.stop();
    }
  }
});

afterAll(() => {
  const has = (program: typeof modernPgBouncer) => (program === undefined ? 'none' : String(program.version));
  console.log(`PgBouncer: from 1.21 on ${has(modernPgBouncer)}, older ${has(oldPgBouncer)}`);
});
