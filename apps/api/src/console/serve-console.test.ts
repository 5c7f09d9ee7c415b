import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HonoEnv } from '../http/hono-env.ts';
import { locales } from '../locale/locales.ts';
import { useTestApp } from '../testing/test-app.ts';
import { readConsole } from './read-console.ts';
import { serveConsole } from './serve-console.ts';

const { log } = useTestApp({ database: 'unreachable' });
const PAGE = '<!doctype html><div id="root"></div>';
const SCRIPT = 'console.log("console");'.repeat(100);
let folder: string;
let isBuilt = true;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'incidents-console-'));
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'index.html'), PAGE);
  await writeFile(join(folder, 'assets', 'index-abc.js'), SCRIPT);
  await writeFile(join(folder, 'assets', 'notes.txt'), 'not served');
});
afterAll(() => rm(folder, { recursive: true }));

function createConsoleApp() {
  const app = new Hono<HonoEnv>();
  const dependencies = { locale: locales.en, logger: log.logger, isStopping: () => false };
  serveConsole(app, dependencies, () => readConsole(isBuilt ? folder : join(folder, 'nothing')));
  return app;
}

describe('serveConsole', () => {
  const app = createConsoleApp();

  test.each(['/console', '/console/', '/console/incidents/5', '/console/queue?state=failed'])(
    'returns the page for %s',
    async (path) => {
      const response = await app.request(path);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('text/html; charset=UTF-8');
      expect(response.headers.get('cache-control')).toBe('no-cache');
      expect(await response.text()).toBe(PAGE);
    },
  );

  test('permits scripts, styles and connections of this service alone', async () => {
    const policy = (await app.request('/console')).headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("style-src 'self';");
    expect(policy).not.toMatch(/https?:|unsafe|data:|\*/);
  });

  test('returns an asset for a year', async () => {
    const response = await app.request('/console/assets/index-abc.js');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(response.headers.get('content-encoding')).toBeNull();
    expect(await response.text()).toBe(SCRIPT);
  });

  test('returns an asset compressed for a client that accepts that', async () => {
    const response = await app.request('/console/assets/index-abc.js', {
      headers: { 'Accept-Encoding': 'gzip' },
    });
    expect(response.headers.get('content-encoding')).toBe('gzip');
    expect(response.headers.get('vary')).toBe('Accept-Encoding');
    expect(gunzipSync(await response.arrayBuffer()).toString()).toBe(SCRIPT);
  });

  test.each([
    'nothing.js',
    'notes.txt',
    '__proto__',
    '..%2Findex.html',
    '..%2F..%2Fpackage.json',
    '%2Fetc%2Fpasswd',
    '%FF',
  ])('answers 404 for the asset %s', async (asset) => {
    expect((await app.request(`/console/assets/${asset}`)).status).toBe(404);
  });

  test('answers 405 to a write', async () => {
    const response = await app.request('/console', { method: 'POST' });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, HEAD');
  });

  test('says that the console is not built, until it is', async () => {
    const late = createConsoleApp();
    isBuilt = false;
    const before = await late.request('/console');
    expect(before.status).toBe(503);
    expect(await before.text()).toContain('npx pnpm@12 build');
    isBuilt = true;
    expect((await late.request('/console')).status).toBe(200);
  });
});
