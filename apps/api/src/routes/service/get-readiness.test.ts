import { NotReadyProblem } from '@incidents/contracts';
import { createDb, type Db } from '@incidents/db/client';
import { migrate } from '@incidents/db/migrate';
import { eventually } from '@incidents/testing/eventually';
import { afterAll, describe, expect, test } from 'vitest';
import { useTestApp } from '../../testing/test-app.ts';

describe('with a migrated database', () => {
  const { request, log } = useTestApp();

  test.each(['/readyz', '/readyz/'])('%s: ready', async (path) => {
    const { status, body } = await request(path);
    expect(status).toBe(200);
    expect(body).toEqual({
      status: 'ready',
      checks: { process: 'ok', database: 'ok', schema: 'ok', writes: 'ok' },
    });
  });

  test('is logged for debugging only', async () => {
    await request('/readyz');
    expect(log.lines).toMatchObject([{ level: 'debug', path: '/readyz' }]);
  });
});

describe('with a database that only reads', () => {
  let readOnly: Db | undefined;
  const { request, log, database } = useTestApp({
    db: () => {
      const url = new URL(database.url);
      url.searchParams.set('options', '-c default_transaction_read_only=on');
      readOnly = createDb({
        url: url.href,
        poolSize: 2,
        applicationName: 'incidents-test',
        onConnectionError: () => {},
      });
      return readOnly;
    },
  });
  afterAll(() => readOnly?.close());

  test('503 naming the writes, while reads are served and writes are refused', async () => {
    const { status, body } = await request('/readyz');
    expect(status).toBe(503);
    expect(body).toMatchObject({ checks: { process: 'ok', database: 'ok', writes: 'failed' } });
    expect((await request('/incidents/')).status).toBe(200);
    expect(
      (
        await request('/incidents/', {
          method: 'POST',
          json: { text: 'т', description: 'о', source: 'operator' },
        })
      ).status,
    ).toBe(503);
    expect(log.lines).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        msg: 'not ready: the database takes no writes',
        reason: 'it is read-only',
      }),
    );
  });
});

describe('with a database that has no schema yet', () => {
  const { request, database } = useTestApp({ database: 'empty' });

  test('503 naming the schema, until it is migrated', async () => {
    const { status, headers, body } = await request('/readyz');
    expect(status).toBe(503);
    expect(headers.get('retry-after')).toBe('1');
    expect(NotReadyProblem.parse(body)).toMatchObject({
      type: 'urn:incident-service:problem:not-ready',
      checks: { process: 'ok', database: 'ok', schema: 'failed' },
    });
    await migrate(database.url);
    await eventually(async () => expect((await request('/readyz')).status).toBe(200));
  });

  test('a migration that is missing: 503 again', async () => {
    await migrate(database.url);
    const { pool } = database.db;
    await pool.query('delete from kysely_migration where name = (select max(name) from kysely_migration)');
    // What was found a moment ago is told to everybody.
    await eventually(async () => {
      const { status, body } = await request('/readyz');
      expect(status).toBe(503);
      expect(body).toMatchObject({ checks: { process: 'ok', database: 'ok', schema: 'failed' } });
    });
  });
});

describe('with a database that does not answer', () => {
  const { request, log } = useTestApp({ database: 'unreachable' });

  test('503 naming the database; the cause is in the log alone', async () => {
    const { status, text, body } = await request('/readyz');
    expect(status).toBe(503);
    expect(body).toMatchObject({ checks: { database: 'failed', schema: 'unknown' } });
    expect(text).not.toContain('ECONNREFUSED');
    expect(log.lines).toContainEqual(
      expect.objectContaining({ level: 'warn', err: expect.objectContaining({ code: 'ECONNREFUSED' }) }),
    );
  });
});

describe('while the process ends', () => {
  const { request } = useTestApp({ isStopping: () => true });

  test('503 though all else is well; other requests are still served', async () => {
    const { status, body } = await request('/readyz');
    expect(status).toBe(503);
    expect(body).toMatchObject({ checks: { process: 'failed', database: 'ok', schema: 'ok' } });
    expect((await request('/incidents/')).status).toBe(200);
    expect((await request('/healthz')).status).toBe(200);
  });
});
