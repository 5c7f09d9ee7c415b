import { describe, expect, test } from 'vitest';
import { useTestApp } from '../../testing/test-app.ts';

const { request } = useTestApp({ database: 'unreachable' });

const linked = (html: string) =>
  [...html.matchAll(/<(?:script|link|img)[^>]+(?:src|href)="([^"]+)"/g)].map(([, target]) => target ?? '');

describe('GET /docs', () => {
  test.each(['/docs', '/docs/'])('returns a page for %s', async (path) => {
    const { status, headers, text } = await request(path);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/html; charset=UTF-8');
    expect(text).toMatch(/^<!doctype html>/);
    expect(text).toContain('<div id="swagger-ui">');
  });

  test('loads resources from this service alone', async () => {
    const { text } = await request('/docs');
    const targets = linked(text);
    expect(targets.length).toBeGreaterThanOrEqual(4);
    for (const target of targets) {
      expect(target).toMatch(/^\/docs\//);
      expect((await request(target)).status, target).toBe(200);
    }
    expect(text).not.toMatch(/https?:\/\//);
    // The CSP forbids inline scripts.
    expect(text).not.toMatch(/<script>|<style|\son\w+=/);
  });

  test('shows the document of this service without an external validator', async () => {
    const { text } = await request('/docs/start.js');
    expect(text).toContain("url: '/openapi.json'");
    expect(text).toContain('validatorUrl: null');
    // A key survives a reload of the page.
    expect(text).toContain('persistAuthorization: true');
    expect(text).not.toMatch(/https?:\/\//);
  });
});
