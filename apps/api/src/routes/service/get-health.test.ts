import { describe, expect, test } from 'vitest';
import { useTestApp } from '../../testing/test-app.ts';

const { request, log } = useTestApp({ database: 'unreachable' });

describe('GET /healthz', () => {
  test.each(['/healthz', '/healthz/'])('answers %s without a database', async (path) => {
    const { status, body } = await request(path);
    expect(status).toBe(200);
    expect(body).toEqual({ status: 'ok' });
  });

  test('is logged at debug', async () => {
    await request('/healthz');
    expect(log.lines).toMatchObject([{ level: 'debug', path: '/healthz', status: 200 }]);
  });
});
