import { describe, expect, test } from 'vitest';
import manifest from '../../../package.json' with { type: 'json' };
import { useTestApp } from '../../testing/test-app.ts';

const { request } = useTestApp({ database: 'unreachable' });

describe('GET /', () => {
  test('returns name, version and the path of the documentation', async () => {
    const { status, body } = await request('/', { headers: { Accept: 'application/json' } });
    expect(status).toBe(200);
    expect(body).toEqual({ message: 'Incident Management API', docs: '/docs', version: manifest.version });
  });
});
