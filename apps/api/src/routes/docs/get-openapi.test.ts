import { expect, test } from 'vitest';
import { openapiJson } from '../../openapi.ts';
import { useTestApp } from '../../testing/test-app.ts';

const { request } = useTestApp({ database: 'unreachable' });

test.each(['/openapi.json', '/openapi.json/'])('%s is the document of the routes', async (path) => {
  const { status, headers, body } = await request(path);
  expect(status).toBe(200);
  expect(headers.get('content-type')).toBe('application/json');
  expect(body).toEqual(JSON.parse(openapiJson()));
});
