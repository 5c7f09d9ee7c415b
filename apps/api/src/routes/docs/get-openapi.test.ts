import { describe, expect, test } from 'vitest';
import { openapiJson } from '../../openapi.ts';
import { useTestApp } from '../../testing/test-app.ts';

const { request } = useTestApp({ database: 'unreachable' });

describe('GET /openapi.json', () => {
  test.each(['/openapi.json', '/openapi.json/'])(
    'returns the document of the routes for %s',
    async (path) => {
      const { status, headers, body } = await request(path);
      expect(status).toBe(200);
      expect(headers.get('content-type')).toBe('application/json');
      expect(body).toEqual(JSON.parse(openapiJson()));
    },
  );
});
