import { describe, expect, test } from 'vitest';
import { openapiJson } from '../../openapi.ts';
import { useTestApp } from '../../testing/test-app.ts';

const withKeys = useTestApp({ database: 'unreachable', keys: {} });
const withoutKeys = useTestApp({ database: 'unreachable' });

describe('GET /openapi.json', () => {
  test.each(['/openapi.json', '/openapi.json/'])(
    'returns the document of the routes for %s',
    async (path) => {
      const { status, headers, body } = await withKeys.request(path);
      expect(status).toBe(200);
      expect(headers.get('content-type')).toBe('application/json');
      expect(body).toEqual(JSON.parse(openapiJson()));
    },
  );

  test('with AUTH=off returns the same without its demand of keys', async () => {
    const { status, text, body } = await withoutKeys.request('/openapi.json');
    expect(status).toBe(200);
    expect(text).not.toContain('"security');
    const expected = JSON.parse(openapiJson());
    delete expected.components.securitySchemes;
    for (const methods of Object.values<Record<string, { security?: unknown }>>(expected.paths)) {
      for (const operation of Object.values(methods)) delete operation.security;
    }
    expect(body).toEqual(expected);
  });
});
