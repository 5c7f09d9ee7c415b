import { createDb } from '@incidents/db/client';
import { afterAll, expect, test } from 'vitest';
import { useTestApp } from '../../testing/test-app.ts';

// Nothing listens on port 1.
const nowhere = createDb({
  url: 'postgresql://nobody@127.0.0.1:1/nothing',
  poolSize: 1,
  applicationName: 'incidents-test',
  onConnectionError: () => {},
});
afterAll(() => nowhere.close());
const { request, log } = useTestApp({ db: () => nowhere });

test.each(['/healthz', '/healthz/'])('%s answers without a database', async (path) => {
  const { status, body } = await request(path);
  expect(status).toBe(200);
  expect(body).toEqual({ status: 'ok' });
});

test('is logged for debugging only', async () => {
  await request('/healthz');
  expect(log.lines).toMatchObject([{ level: 'debug', path: '/healthz', status: 200 }]);
});
