import { describe, expect, test } from 'vitest';
import { newIncident, useTestApp } from '../testing/test-app.ts';
import { isLoopback } from './open-access.ts';

const listed = 'https://ops.example.com';
const { request, post } = useTestApp({ corsOrigins: [listed] });

describe('createOpenAccess', () => {
  describe('by host', () => {
    test.each([
      'localhost',
      'localhost:8000',
      'LOCALHOST:8000',
      'incidents.localhost',
      '127.0.0.1:8000',
      '127.1.2.3',
      '[::1]:8000',
      '[::1]',
    ])('accepts %s', async (host) => {
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
    ])('refuses “%s”, which may resolve to this machine, with 421', async (host) => {
      const headers = { Host: host, Origin: `http://${host}` };
      const { status, body } = await post('/incidents', newIncident, headers);
      expect(status).toBe(421);
      expect(body).toMatchObject({ type: 'urn:incident-service:problem:host-not-local' });
    });

    test.each([
      'Forwarded',
      'Via',
      'CDN-Loop',
      'X-Forwarded-For',
      'X-Forwarded-Host',
      'X-Forwarded-Port',
      'X-Forwarded-Proto',
      'X-Forwarded-Server',
      'X-Real-IP',
      'X-Client-IP',
      'X-Cluster-Client-IP',
      'CF-Connecting-IP',
      'True-Client-IP',
    ])('refuses requests forwarded with %s with 421', async (name) => {
      const headers = { Host: 'localhost', [name]: '' };
      expect((await request('/incidents', { headers })).status).toBe(421);
    });

    test('serves public paths under any host, through proxies and for other origins', async () => {
      const headers = { Host: 'incidents.example', Via: '1.1 proxy', 'Sec-Fetch-Site': 'cross-site' };
      for (const target of ['/', '/healthz', '/readyz', '/openapi.json', '/docs'])
        expect((await request(target, { headers })).status, target).toBe(200);
    });
  });

  async function statusesOf(headers: Record<string, string>): Promise<number[]> {
    const replies = [
      await request('/incidents', { headers }),
      await post('/incidents', newIncident, headers),
      await request('/jobs/999999/retry', { method: 'POST', headers }),
    ];
    for (const { status, body } of replies) {
      if (status === 403)
        expect(body).toMatchObject({ type: 'urn:incident-service:problem:cross-site-request' });
    }
    return replies.map(({ status }) => status);
  }

  describe('by origin', () => {
    test.each<[string, Record<string, string>]>([
      ['of a program', {}],
      ['of the own page', { 'Sec-Fetch-Site': 'same-origin', Origin: 'http://localhost' }],
      [
        'of the own page behind a development server',
        { 'Sec-Fetch-Site': 'same-origin', Origin: 'http://localhost:5173' },
      ],
      ['of the own page in an old browser', { Host: '127.0.0.1:8000', Origin: 'http://127.0.0.1:8000' }],
      ['of an address that the user typed', { 'Sec-Fetch-Site': 'none' }],
      ['of a listed origin', { 'Sec-Fetch-Site': 'cross-site', Origin: listed }],
      ['of a listed origin in an old browser', { Origin: listed }],
    ])('accepts %s', async (_, headers) => {
      expect(await statusesOf(headers)).toEqual([200, 201, 404]);
    });

    test.each<[string, Record<string, string>]>([
      ['that a page of another site embeds', { 'Sec-Fetch-Site': 'cross-site' }],
      ['that a page of another port embeds', { 'Sec-Fetch-Site': 'same-site' }],
      [
        'that a link on another site leads to',
        { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' },
      ],
      ['of a relation that is not known', { 'Sec-Fetch-Site': 'related' }],
      ['of a page of another site', { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' }],
      [
        'of a page of another port in an old browser',
        { Host: 'localhost:8000', Origin: 'http://localhost:3000' },
      ],
      ['of a page that hides its origin', { Origin: 'null' }],
      ['of an origin that begins as a listed one', { Origin: `${listed}.evil.example` }],
    ])('refuses %s', async (_, headers) => {
      expect(await statusesOf(headers)).toEqual([403, 403, 403]);
    });
  });

  test('isLoopback knows loopback names and addresses', () => {
    for (const host of ['localhost', '127.0.0.1', '::1']) expect(isLoopback(host), host).toBe(true);
    for (const host of ['0.0.0.0', '::', '192.168.0.1', '1271.0.0.1', 'host'])
      expect(isLoopback(host), host).toBe(false);
  });
});
