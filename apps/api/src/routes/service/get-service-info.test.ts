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

  test('leads a browser to the console', async () => {
    const { status, headers } = await request('/', { headers: { Accept: 'text/html,*/*;q=0.8' } });
    expect(status).toBe(302);
    expect(headers.get('location')).toBe('/console');
    expect(headers.get('vary')).toBe('Accept');
  });
});
