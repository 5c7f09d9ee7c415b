import { describe, expect, test } from 'vitest';
import { useTestApp } from '../testing/test-app.ts';

const { request } = useTestApp({ database: 'unreachable' });

describe('securityHeaders', () => {
  test.each(['/', '/healthz', '/openapi.json', '/nothing', '/incidents/x', '/incidents'])(
    'forbids loading, framing and sniffing for %s',
    async (path) => {
      const { headers } = await request(path);
      expect(headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'");
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.has('strict-transport-security')).toBe(false);
      expect(headers.has('x-powered-by')).toBe(false);
      expect(headers.has('server')).toBe(false);
    },
  );

  test.each(['/docs', '/docs/', '/docs/swagger-ui.css'])(
    'permits only own resources and no inline script for %s',
    async (path) => {
      const policy = (await request(path)).headers.get('content-security-policy');
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("script-src 'self';");
      expect(policy).toContain("connect-src 'self'");
      expect(policy).not.toMatch(/https?:|unsafe-eval|\*/);
    },
  );
});
