import { createDb, type Db } from '@incidents/db/client';
import { sql } from 'kysely';
import { afterAll, describe, expect, test } from 'vitest';
import { newIncident, useTestApp } from '../testing/test-app.ts';

describe('createProblemReply', () => {
  describe('an unexpected error', () => {
    const { request, database, log } = useTestApp();

    test('is an opaque 500, with the cause and the request id in the log', async () => {
      log.expectErrors();
      await sql`alter table incidents rename column text to secret_column`.execute(database.db.kysely);
      const { status, body, text } = await request('/incidents/', {
        headers: { 'X-Request-Id': 'client-5' },
      });
      expect(status).toBe(500);
      expect(body).toEqual({
        type: 'urn:incident-service:problem:internal-error',
        title: 'Внутренняя ошибка',
        status: 500,
        detail: 'Внутренняя ошибка сервиса; причина записана в журнал под номером этого запроса',
        instance: '/incidents/',
        request_id: 'client-5',
      });
      expect(text).not.toMatch(/column|select|42703/);
      expect(log.lines).toContainEqual(
        expect.objectContaining({
          level: 'error',
          request_id: 'client-5',
          method: 'GET',
          path: '/incidents/',
          err: expect.objectContaining({ code: '42703', stack: expect.any(String) }),
        }),
      );
    });
  });

  describe('an unreachable database', () => {
    const { request, log } = useTestApp({ database: 'unreachable' });

    test.each([
      ['GET', '/incidents/', undefined],
      ['GET', '/incidents/1', undefined],
      ['GET', '/incidents/1/events', undefined],
      ['GET', '/incidents/1/deliveries', undefined],
      ['POST', '/deliveries/1/retry', undefined],
      ['GET', '/statistics', undefined],
      ['POST', '/incidents/', newIncident],
      ['PATCH', '/incidents/1', { status: 'закрыт' }],
    ])('%s %s: 503 with Retry-After', async (method, path, json) => {
      const { status, headers, body, text } = await request(path, { method, json });
      expect(status).toBe(503);
      expect(headers.get('retry-after')).toBe('1');
      expect(body).toMatchObject({ type: 'urn:incident-service:problem:unavailable' });
      expect(text).not.toMatch(/ECONNREFUSED|127\.0\.0\.1/);
      expect(log.lines).toContainEqual(
        expect.objectContaining({ level: 'warn', request_id: headers.get('x-request-id') }),
      );
    });

    test('does not change refusals without the database', async () => {
      expect((await request('/incidents/', { method: 'POST', json: {} })).status).toBe(422);
      expect((await request('/incidents/?limit=x')).status).toBe(422);
      expect((await request('/incidents/x')).status).toBe(422);
    });
  });

  describe('a busy database', () => {
    let impatient: Db | undefined;
    const { request, database } = useTestApp({
      db: () => {
        impatient ??= createDb({
          url: database.url,
          poolSize: 1,
          applicationName: 'incidents-test',
          onConnectionError: () => {},
          connectionTimeoutMs: 200,
          statementTimeoutMs: 100,
        });
        return impatient;
      },
    });
    afterAll(() => impatient?.close());

    test('is 503 for a slow statement and an exhausted pool, then recovers', async () => {
      const client = await database.db.pool.connect();
      try {
        await client.query('begin; lock table incidents in access exclusive mode');
        expect((await request('/incidents/')).status).toBe(503);
      } finally {
        await client.query('rollback');
        client.release();
      }
      expect((await request('/incidents/')).status).toBe(200);

      const held = await impatient?.pool.connect();
      expect((await request('/incidents/')).status).toBe(503);
      held?.release();
      expect((await request('/incidents/')).status).toBe(200);
    });

    test('is 503 at most for a terminated connection, then recovers', async () => {
      expect((await request('/incidents/')).status).toBe(200);
      await database.db.pool.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid()`,
      );
      expect([200, 503]).toContain((await request('/incidents/')).status);
      expect((await request('/incidents/')).status).toBe(200);
    });
  });

  describe('a database without a schema', () => {
    const { request } = useTestApp({ database: 'empty' });

    test('is 503', async () => {
      expect((await request('/incidents/')).status).toBe(503);
      expect((await request('/incidents/', { method: 'POST', json: newIncident })).status).toBe(503);
      expect((await request('/incidents/1/events')).status).toBe(503);
      expect((await request('/incidents/1/deliveries')).status).toBe(503);
      expect((await request('/deliveries/1/retry', { method: 'POST' })).status).toBe(503);
      expect((await request('/statistics')).status).toBe(503);
    });
  });

  describe('in English', () => {
    const { request } = useTestApp({ database: 'unreachable', locale: 'en' });

    test('has an English title, detail and messages', async () => {
      expect((await request('/nothing')).body).toMatchObject({
        title: 'No such address',
        detail: 'Nothing is at this address; see /docs',
      });
      expect((await request('/incidents/1')).body).toMatchObject({ title: 'Temporarily unavailable' });
      const { body } = await request('/incidents/', { method: 'POST', json: { ...newIncident, text: '' } });
      expect(body).toMatchObject({
        detail: 'The request was not accepted: body.text: at least 1 long',
        errors: [{ path: 'body.text', code: 'too_small', message: 'at least 1 long' }],
      });
    });
  });

  describe('unknown paths and methods', () => {
    const { request } = useTestApp({ database: 'unreachable' });

    test.each([
      '/nothing',
      '/incidents/1/remarks',
      '//incidents/',
      '/INCIDENTS/',
      '/incidents//',
      '/docs/a/b',
    ])('%s: 404', async (path) => {
      const { status, body } = await request(path.replace(/^\/\//, 'http://localhost//'));
      expect(status).toBe(404);
      expect(body).toMatchObject({ type: 'urn:incident-service:problem:route-not-found' });
    });

    test.each([
      ['DELETE', '/incidents/', 'GET, HEAD, POST'],
      ['PUT', '/incidents', 'GET, HEAD, POST'],
      ['POST', '/incidents/1', 'DELETE, GET, HEAD, PATCH'],
      ['PUT', '/incidents/abc/', 'DELETE, GET, HEAD, PATCH'],
      ['OPTIONS', '/incidents/', 'GET, HEAD, POST'],
      ['POST', '/', 'GET, HEAD'],
      ['POST', '/docs', 'GET, HEAD'],
      ['QUERY', '/statistics', 'GET, HEAD'],
      ['POST', '/incidents/1/events', 'GET, HEAD'],
      ['DELETE', '/incidents/1/deliveries/', 'GET, HEAD'],
      ['GET', '/deliveries/1/retry', 'POST'],
    ])('%s %s: 405 with Allow: %s', async (method, path, allow) => {
      const { status, headers, body } = await request(path, { method });
      expect(status).toBe(405);
      expect(headers.get('allow')).toBe(allow);
      expect(body).toMatchObject({ type: 'urn:incident-service:problem:method-not-allowed' });
    });
  });

  describe('instance', () => {
    const { request } = useTestApp({ database: 'unreachable' });

    test.each([
      ['/%1b%5D52;c;x', '/%1b%5D52;c;x'],
      ['/a%20b/%D1%8F?limit=1', '/a%20b/%D1%8F'],
      ['/a|b[c]%zz', '/a%7Cb%5Bc%5D%25zz'],
      ['/nothing', '/nothing'],
    ])('of %s is the URI reference %s', async (target, instance) => {
      expect((await request(target)).body).toMatchObject({ status: 404, instance });
    });
  });
});
