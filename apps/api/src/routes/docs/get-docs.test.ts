import { expect, test } from 'vitest';
import { useTestApp } from '../../testing/test-app.ts';

const { request } = useTestApp({ database: 'unreachable' });

/** What the page loads: its scripts, styles and images. */
const linked = (html: string) =>
  [...html.matchAll(/<(?:script|link|img)[^>]+(?:src|href)="([^"]+)"/g)].map(([, target]) => target ?? '');

test.each(['/docs', '/docs/'])('%s is a page', async (path) => {
  const { status, headers, text } = await request(path);
  expect(status).toBe(200);
  expect(headers.get('content-type')).toBe('text/html; charset=UTF-8');
  expect(text).toMatch(/^<!doctype html>/);
  expect(text).toContain('<div id="swagger-ui">');
});

test('everything that the page loads comes from this service', async () => {
  const { text } = await request('/docs');
  const targets = linked(text);
  expect(targets.length).toBeGreaterThanOrEqual(4);
  for (const target of targets) {
    expect(target).toMatch(/^\/docs\//);
    expect((await request(target)).status, target).toBe(200);
  }
  expect(text).not.toMatch(/https?:\/\//);
  // Nothing inline, so that a content security policy need not allow it.
  expect(text).not.toMatch(/<script>|<style|\son\w+=/);
});

test('the page shows the document of this service and asks no validator elsewhere', async () => {
  const { text } = await request('/docs/start.js');
  expect(text).toContain("url: '/openapi.json'");
  expect(text).toContain('validatorUrl: null');
  expect(text).not.toMatch(/https?:\/\//);
});
