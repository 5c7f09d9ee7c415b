import { describe, expect, test } from 'vitest';
import { useTestApp } from '../testing/test-app.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const { request, log } = useTestApp({ database: 'unreachable' });

describe('answerRequest', () => {
  describe('X-Request-Id', () => {
    test.each(['a', 'client-7', '0199c2f0-6f0e-7d3a-9a53-3f1f0f6b7c11', 'A.b:c_d-9', 'x'.repeat(64)])(
      'keeps %s',
      async (id) => {
        expect((await request('/', { headers: { 'X-Request-Id': id } })).headers.get('x-request-id')).toBe(
          id,
        );
        expect(log.lines).toMatchObject([{ request_id: id }]);
      },
    );

    test.each([
      ['an empty id', ''],
      ['65 characters', 'x'.repeat(65)],
      ['a space', 'a b'],
      ['a quote', 'a"b'],
      ['markup', '<script>'],
      ['letters outside ASCII', 'Ã¤'],
      ['two ids', 'a, b'],
    ])('replaces %s', async (_, id) => {
      const { headers } = await request('/', { headers: { 'X-Request-Id': id } });
      expect(headers.get('x-request-id')).toMatch(UUID);
    });

    test('generates one per request without it', async () => {
      const ids = await Promise.all(
        Array.from({ length: 20 }, async () => (await request('/')).headers.get('x-request-id')),
      );
      expect(new Set(ids).size).toBe(20);
      for (const id of ids) expect(id).toMatch(UUID);
    });
  });

  test('logs each request once, without its query', async () => {
    await request('/healthz/?status=secret');
    expect(log.lines).toEqual([
      expect.objectContaining({
        level: 'info',
        msg: 'request',
        request_id: expect.stringMatching(UUID),
        method: 'GET',
        path: '/healthz/',
        status: 200,
        duration_ms: expect.any(Number),
      }),
    ]);
  });

  test('logs the path as sent', async () => {
    await request('/%1b%5D52;c;x/%D1%8F');
    expect(log.lines).toMatchObject([{ path: '/%1b%5D52;c;x/%D1%8F', status: 404 }]);
  });

  test('logs a refused request with its status', async () => {
    await request('/nothing/here');
    expect(log.lines).toMatchObject([{ level: 'info', path: '/nothing/here', status: 404 }]);
  });

  describe('during a shutdown', () => {
    let stopping = false;
    const { request: requestDuringShutdown } = useTestApp({
      database: 'unreachable',
      isStopping: () => stopping,
    });

    test('closes connections with their next reply', async () => {
      expect((await requestDuringShutdown('/')).headers.has('connection')).toBe(false);
      stopping = true;
      for (const path of ['/', '/incidents/x', '/nothing']) {
        expect((await requestDuringShutdown(path)).headers.get('connection'), path).toBe('close');
      }
    });
  });
});
