import {
  DeliveryList,
  IncidentEventList,
  IncidentList,
  RecipientList,
  Statistics,
} from '@incidents/contracts';
import { DemoRefusedError, fillDatabase } from '@incidents/local/demo/fill-database';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { findFreePort } from '@incidents/testing/processes/find-free-port';
import { runScript } from '@incidents/testing/processes/run-script';
import { beforeAll, describe, expect, test } from 'vitest';
import type * as z from 'zod';
import { useServiceProcesses, waitUntilReady } from './service-process.ts';

const filled = useTestDatabase();
const other = useTestDatabase();
const unmigrated = useTestDatabase({ empty: true });
const start = useServiceProcesses();

const demo = (url: string, args: string[] = []) =>
  runScript(new URL('../../local/src/demo.ts', import.meta.url), { DATABASE_URL: url }, args).ended;
const fill = (url: string, { incidents = 20, force = false } = {}) =>
  fillDatabase({ url, seed: 1, incidents, force, now: Date.now(), report: () => {} });
const count = async ({ db }: typeof filled, table: string): Promise<number> =>
  (await db.pool.query(`select count(*) as rows from ${table}`)).rows[0].rows;

describe('pnpm demo', () => {
  let port = 0;
  beforeAll(async () => {
    const { code, stdout, stderr } = await demo(filled.url);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/100 % \(\d+ of \d+ rows\)\nStored 1500 incidents, \d+ events and \d+ deliveries/);
    expect(code).toBe(0);
    port = await findFreePort();
    start('api', { DATABASE_URL: filled.url, PORT: String(port) });
    await waitUntilReady(`http://127.0.0.1:${port}`);
  });

  async function get<Schema extends z.ZodType>(target: string, schema: Schema): Promise<z.output<Schema>> {
    const reply = await fetch(`http://127.0.0.1:${port}${target}`);
    expect(reply.status).toBe(200);
    return schema.parse(await reply.json());
  }

  test('fills lists, histories and recipients that the API shows', async () => {
    const incidents = await get('/incidents/?limit=10000', IncidentList);
    expect(incidents.length + (await count(filled, 'deleted_incidents'))).toBe(1_500);
    const repeated = incidents.find(({ occurrences, status }) => occurrences > 1 && status === 'закрыт');
    const events = await get(`/incidents/${repeated?.id}/events`, IncidentEventList);
    expect(events[0]).toMatchObject({ kind: 'created', at: repeated?.created_at });
    const deliveries = await get(`/incidents/${repeated?.id}/deliveries`, DeliveryList);
    expect(deliveries[0]).toMatchObject({ event_id: events[0]?.id, incident_id: repeated?.id });
    const recipients = await get('/recipients', RecipientList);
    expect(recipients).toContainEqual(
      expect.objectContaining({
        recipient: 'night-shift@example.org',
        failing_since: expect.any(String),
      }),
    );
  });

  test('has the events in the order of their times', async () => {
    const { rows } = await filled.db.pool.query('select at from incident_events order by id');
    const times = rows.map(({ at }) => at.getTime());
    expect(times).toEqual(times.toSorted((a: number, b: number) => a - b));
  });

  test('leaves statistics that match', async () => {
    const incidents = await get('/incidents/?limit=10000', IncidentList);
    const { total, by_status, by_source, by_day } = await get('/statistics', Statistics);
    expect(total).toBe(incidents.length);
    for (const [status, counted] of Object.entries(by_status))
      expect(counted, status).toBe(incidents.filter((incident) => incident.status === status).length);
    for (const [source, counted] of Object.entries(by_source))
      expect(counted, source).toBe(incidents.filter((incident) => incident.source === source).length);
    expect(by_day.reduce((sum, day) => sum + day.incidents, 0)).toBe(total);
    expect(await count(filled, 'incident_statistics_changes')).toBe(0);
  });

  test('leaves nothing for workers to do but two escalations that are due later', async () => {
    expect(await count(filled, 'graphile_worker.jobs')).toBe(0);
    expect(await count(filled, `deliveries where state in ('pending', 'sending')`)).toBe(0);
    expect(await count(filled, 'incidents where escalates_at is not null')).toBe(2);
    expect(await count(filled, 'incidents where escalates_at <= now()')).toBe(0);
    expect(await count(filled, 'outboxes')).toBe(0);
  });

  test('stores keys that permit nothing', async () => {
    expect(await count(filled, 'api_keys')).toBeGreaterThan(0);
    expect(await count(filled, 'api_keys where revoked_at is null')).toBe(0);
  });

  test('refuses a second run and stores nothing', async () => {
    const { code, stderr } = await demo(filled.url);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^The database is not empty \(incidents, .*--force/);
    expect((await count(filled, 'incidents')) + (await count(filled, 'deleted_incidents'))).toBe(1_500);
  });

  test('refuses a database without schema', async () => {
    const { code, stderr } = await demo(unmigrated.url);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'The database has not been migrated: npx pnpm@12 migrate\n',
    });
  });

  test.each([['--seed', 'x'], ['--unknown'], ['more']])('refuses %s %s', async (...args) => {
    const { code, stderr } = await demo(unmigrated.url, args);
    expect(code).toBe(1);
    expect(stderr).not.toContain('    at ');
  });
});

describe('fillDatabase', () => {
  test('refuses one of two at once', async () => {
    const results = await Promise.allSettled([fill(other.url), fill(other.url)]);
    expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    await expect(fill(other.url)).rejects.toThrow(DemoRefusedError);
    expect((await count(other, 'incidents')) + (await count(other, 'deleted_incidents'))).toBe(20);
  });

  test('stores into a filled database with force, also where keys of open incidents are taken', async () => {
    const openKeys = `incidents where dedup_key is not null and status <> 'закрыт'`;
    await other.db.pool.query('truncate incidents, deleted_incidents');
    await fill(other.url, { incidents: 400, force: true });
    expect(await count(other, openKeys)).toBeGreaterThan(0);
    await fill(other.url, { incidents: 400, force: true });
    expect((await count(other, 'incidents')) + (await count(other, 'deleted_incidents'))).toBe(800);
  });
});
