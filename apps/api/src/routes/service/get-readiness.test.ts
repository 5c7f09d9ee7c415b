import { NotReadyProblem } from '@incidents/contracts';
import { createDb, type Db } from '@incidents/db/client';
import { migrate } from '@incidents/db/migrate';
import { eventually } from '@incidents/testing/eventually';
import { afterAll, describe, expect, test } from 'vitest';
import { useTestApp } from '../../testing/test-app.ts';

describe('GET /readyz', () => {
  describe('with a migrated database', () => {
    const { request, log } = useTestApp();

    test.each(['/readyz', '/readyz/'])('%s is ready', async (path) => {
      const { status, body } = await request(path);
      expect(status).toBe(200);
      expect(body).toEqual({
        status: 'ready',
        checks: { process: 'ok', database: 'ok', schema: 'ok', writes: 'ok' },
      });
    });

    test('is logged at debug', async () => {
      await request('/readyz');
      expect(log.lines).toMatchObject([{ level: 'debug', path: '/readyz' }]);
    });
  });

  describe('with a read-only database', () => {
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

    test('is 503 with failed writes, while reads are served', async () => {
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

  describe('with a database without schema', () => {
    const { request, database } = useTestApp({ database: 'empty' });

    test('is 503 with a failed schema until the migration', async () => {
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

    test('is 503 with a missing migration', async () => {
      await migrate(database.url);
      const { pool } = database.db;
      await pool.query('delete from kysely_migration where name = (select max(name) from kysely_migration)');
      // The result is shared for half a second.
      await eventually(async () => {
        const { status, body } = await request('/readyz');
        expect(status).toBe(503);
        expect(body).toMatchObject({ checks: { process: 'ok', database: 'ok', schema: 'failed' } });
      });
    });
  });

  describe('with an unreachable database', () => {
    const { request, log } = useTestApp({ database: 'unreachable' });

    test('is 503 with a failed database and the cause in the log', async () => {
      const { status, text, body } = await request('/readyz');
      expect(status).toBe(503);
      expect(body).toMatchObject({ checks: { database: 'failed', schema: 'unknown' } });
      expect(text).not.toContain('ECONNREFUSED');
      expect(log.lines).toContainEqual(
        expect.objectContaining({ level: 'warn', err: expect.objectContaining({ code: 'ECONNREFUSED' }) }),
      );
    });
  });

  describe('during a shutdown', () => {
    const { request } = useTestApp({ isStopping: () => true });

    test('is 503, while other requests are served', async () => {
      const { status, body } = await request('/readyz');
      expect(status).toBe(503);
      expect(body).toMatchObject({ checks: { process: 'failed', database: 'ok', schema: 'ok' } });
      expect((await request('/incidents/')).status).toBe(200);
      expect((await request('/healthz')).status).toBe(200);
    });
  });
});
