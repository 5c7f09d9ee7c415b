import { describe, expect, test } from 'vitest';
import { useTestApp } from '../testing/test-app.ts';

const ours = 'https://ops.example.com';
const preflight = (origin: string) => ({
  method: 'OPTIONS',
  headers: {
    Origin: origin,
    'Access-Control-Request-Method': 'POST',
    'Access-Control-Request-Headers': 'content-type,authorization',
  },
});
const corsHeaders = (headers: Headers) =>
  [...headers.keys()].filter((name) => name.startsWith('access-control-'));

describe('allowOrigins', () => {
  describe('without CORS_ORIGINS', () => {
    const { app } = useTestApp({ database: 'unreachable' });

    test('permits no other origin', async () => {
      const reply = await app.request('/', { headers: { Origin: ours } });
      expect(corsHeaders(reply.headers)).toEqual([]);
      const asked = await app.request('/incidents', preflight(ours));
      expect(asked.status).toBe(405);
      expect(corsHeaders(asked.headers)).toEqual([]);
    });
  });

  describe('with CORS_ORIGINS', () => {
    const testApp = useTestApp({ database: 'unreachable', corsOrigins: [ours, 'http://127.0.0.1:3000'] });

    test('permits the listed origins, without credentials', async () => {
      const asked = await testApp.app.request('/incidents', preflight(ours));
      expect(asked.status).toBe(204);
      expect(asked.headers.get('access-control-allow-origin')).toBe(ours);
      expect(asked.headers.get('access-control-allow-methods')).toContain('PATCH');
      expect(asked.headers.get('access-control-allow-headers')).toMatch(/authorization/i);
      expect(asked.headers.has('access-control-allow-credentials')).toBe(false);
      expect(asked.headers.get('x-content-type-options')).toBe('nosniff');
      expect(testApp.log.lines).toMatchObject([
        { method: 'OPTIONS', status: 204, request_id: asked.headers.get('x-request-id') },
      ]);

      const reply = await testApp.app.request('/', { headers: { Origin: ours } });
      expect(reply.headers.get('access-control-allow-origin')).toBe(ours);
      const readable = reply.headers.get('access-control-expose-headers')?.split(',');
      expect(readable).toEqual(
        expect.arrayContaining(['X-Total-Count', 'RateLimit', 'RateLimit-Policy', 'Retry-After']),
      );
      expect(reply.headers.get('vary')).toMatch(/origin/i);
      const error = await testApp.app.request('/nothing', { headers: { Origin: ours } });
      expect(error.headers.get('access-control-allow-origin')).toBe(ours);
    });

    test.each([
      'https://evil.example.com',
      'https://ops.example.com.evil.net',
      'http://ops.example.com',
      'null',
    ])('does not permit %s', async (origin) => {
      const asked = await testApp.app.request('/incidents', preflight(origin));
      expect(asked.headers.has('access-control-allow-origin')).toBe(false);
      const reply = await testApp.app.request('/', { headers: { Origin: origin } });
      expect(reply.headers.has('access-control-allow-origin')).toBe(false);
    });
  });
});
