import { expect, test } from 'vitest';
import manifest from '../../../package.json' with { type: 'json' };
import { useTestApp } from '../../testing/test-app.ts';

const { request } = useTestApp({ database: 'unreachable' });

test('says what this is, and where the documentation is', async () => {
  const { status, body } = await request('/', { headers: { Accept: 'application/json' } });
  expect(status).toBe(200);
  expect(body).toEqual({ message: 'Incident Management API', docs: '/docs', version: manifest.version });
});
