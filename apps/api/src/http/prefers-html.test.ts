import { Hono } from 'hono';
import { describe, expect, test } from 'vitest';
import type { HonoEnv } from './hono-env.ts';
import { prefersHtml } from './prefers-html.ts';

const app = new Hono<HonoEnv>().get('/', (c) => c.json(prefersHtml(c)));
const ask = async (accept: string | undefined) =>
  (await app.request('/', { headers: accept === undefined ? {} : { Accept: accept } })).json();

describe('prefersHtml', () => {
  test.each([
    'text/html',
    'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8',
    'TEXT/HTML, application/json;q=0.5',
  ])('is true for %s', async (accept) => {
    expect(await ask(accept)).toBe(true);
  });

  test.each([
    undefined,
    '',
    '*/*',
    'application/json',
    'application/json, text/plain, */*',
    'application/problem+json, text/html',
    'application/json, text/html;q=0.9',
  ])('is false for %s', async (accept) => {
    expect(await ask(accept)).toBe(false);
  });
});
