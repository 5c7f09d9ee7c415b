import { describe, expect, test } from 'vitest';
import { useTestApp } from '../../testing/test-app.ts';

const { request, app } = useTestApp({ database: 'unreachable' });

describe('GET /docs/{asset}', () => {
  test.each([
    ['swagger-ui.css', 'text/css; charset=utf-8'],
    ['swagger-ui-bundle.js', 'text/javascript; charset=utf-8'],
    ['start.js', 'text/javascript; charset=utf-8'],
    ['favicon-32x32.png', 'image/png'],
  ])('returns %s as %s', async (asset, type) => {
    const { status, headers, text } = await request(`/docs/${asset}`);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe(type);
    expect(headers.get('cache-control')).toBe('max-age=3600');
    expect(text.length).toBeGreaterThan(100);
  });

  test('returns the file of the package', async () => {
    const response = await app.request('/docs/favicon-32x32.png');
    const bytes = Buffer.from(await response.arrayBuffer());
    expect(bytes.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
  });

  test('returns a stylesheet without other hosts', async () => {
    const { text } = await request('/docs/swagger-ui.css');
    expect(text).not.toMatch(/@import|url\(["']?(?:https?:)?\/\//);
  });

  test.each([
    'index.html',
    'package.json',
    'swagger-ui.css.map',
    '__proto__',
    'constructor',
    'toString',
    '..%2Fpackage.json',
    '..%2F..%2F..%2F..%2F..%2Fetc%2Fpasswd',
    '%2Fetc%2Fpasswd',
    '..%5Cpackage.json',
    'start.js%00.css',
    '%FF',
    '%ZZ',
  ])('answers 404 for %s', async (asset) => {
    expect((await request(`/docs/${asset}`)).status).toBe(404);
  });
});
