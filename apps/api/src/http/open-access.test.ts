import { describe, expect, test } from 'vitest';
import { newIncident, useTestApp } from '../testing/test-app.ts';
import { isLoopback } from './open-access.ts';

const { request, post } = useTestApp();
const retry = (headers: Record<string, string>) => request('/jobs/1/retry', { method: 'POST', headers });

describe('open to everybody on this machine', () => {
  test.each([
    'localhost',
    'localhost:8000',
    'LOCALHOST:8000',
    'incidents.localhost',
    '127.0.0.1:8000',
    '127.1.2.3',
    '[::1]:8000',
    '[::1]',
  ])('asked as %s', async (host) => {
    expect((await request('/incidents', { headers: { Host: host } })).status).toBe(200);
  });

  test.each([
    'evil.example',
    'evil.example:8000',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '10.0.0.1:8000',
    '0.0.0.0:8000',
    '[::2]',
    '[::1].evil.example',
    '',
  ])('asked as “%s”, a name that anybody may point here: 421', async (host) => {
    const headers = { Host: host, Origin: `http://${host}` };
    const { status, body } = await post('/incidents', newIncident, headers);
    expect(status).toBe(421);
    expect(body).toMatchObject({ type: 'urn:incident-service:problem:host-not-local' });
  });

  test.each(['Forwarded', 'X-Forwarded-For'])(
    'what a proxy has brought (%s), from wherever: 421',
    async (name) => {
      const headers = { Host: 'localhost', [name]: '192.0.2.1' };
      expect((await request('/incidents', { headers })).status).toBe(421);
    },
  );

  test('what is public is so under any name', async () => {
    for (const target of ['/', '/healthz', '/readyz', '/openapi.json', '/docs'])
      expect((await request(target, { headers: { Host: 'incidents.example' } })).status, target).toBe(200);
  });
});

describe('a POST', () => {
  test.each([
    ['a program without a word about its body', {}],
    ['a program that sends JSON', { 'Content-Type': 'application/json' }],
    [
      'a page that was allowed to (CORS)',
      { 'Content-Type': 'application/json', Origin: 'https://ops.example' },
    ],
    ['the own page', { Origin: 'http://localhost:8000', 'Sec-Fetch-Site': 'same-origin' }],
  ])('of %s is taken', async (_, headers) => {
    expect((await retry(headers)).status).toBe(404);
  });

  test.each([
    ['a form', { 'Content-Type': 'application/x-www-form-urlencoded', Origin: 'http://evil.example' }],
    ['a script without a type', { Origin: 'http://evil.example' }],
    ['a page that hides where it is from', { Origin: 'null' }],
    ['a page beside this one', { 'Sec-Fetch-Site': 'same-site' }],
  ])('of %s is not', async (_, headers) => {
    expect((await retry(headers)).status).toBe(415);
    const { status } = await request('/incidents', {
      method: 'POST',
      headers,
      body: JSON.stringify(newIncident),
    });
    expect(status).toBe(415);
  });
});

test('addresses that are of this machine, wherever it is', () => {
  for (const host of ['localhost', '127.0.0.1', '::1']) expect(isLoopback(host), host).toBe(true);
  for (const host of ['0.0.0.0', '::', '192.168.0.1', '1271.0.0.1', 'host'])
    expect(isLoopback(host), host).toBe(false);
});
