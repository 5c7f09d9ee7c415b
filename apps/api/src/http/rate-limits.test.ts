import { setImmediate as nextTurn } from 'node:timers/promises';
import { eventually } from '@incidents/testing/eventually';
import { useTestLogger } from '@incidents/testing/test-logger';
import { describe, expect, test } from 'vitest';
import type { Redis } from '../redis.ts';
import { newIncident, useTestApp } from '../testing/test-app.ts';
import { canStartRedis, hasRedis, useRedisServers, useTestRedis } from '../testing/test-redis.ts';
import { createRateLimits, type RateLimits } from './rate-limits.ts';

const log = useTestLogger();

async function countAccepted(limits: RateLimits, requests: number, key = 'one'): Promise<number> {
  let count = 0;
  for (let request = 0; request < requests; request++) {
    await limits.consume(key, 'reads').then(
      () => {
        count += 1;
      },
      (refused: unknown) => expect(refused).toMatchObject({ code: 'rate_limited' }),
    );
  }
  return count;
}

describe('createRateLimits', () => {
  describe('in one process', () => {
    test('returns the remainder with each request, then refuses', async () => {
      const limits = createRateLimits({ reads: 2, writes: 1 });
      expect(await limits.consume('a', 'reads')).toEqual({
        'RateLimit-Policy': '"reads";q=2;w=60',
        RateLimit: '"reads";r=1;t=60',
      });
      expect(await limits.consume('a', 'reads')).toMatchObject({ RateLimit: '"reads";r=0;t=60' });
      await expect(limits.consume('a', 'reads')).rejects.toMatchObject({
        code: 'rate_limited',
        headers: {
          'RateLimit-Policy': '"reads";q=2;w=60',
          RateLimit: '"reads";r=0;t=60',
          'Retry-After': '60',
        },
      });
    });

    test('counts reads, writes and keys separately', async () => {
      const limits = createRateLimits({ reads: 1, writes: 1 });
      await limits.consume('a', 'reads');
      expect(await limits.consume('a', 'writes')).toMatchObject({ RateLimit: '"writes";r=0;t=60' });
      await limits.consume('b', 'reads');
      await expect(limits.consume('b', 'reads')).rejects.toThrow();
    });

    test('neither limits nor returns headers with a quota of 0', async () => {
      const limits = createRateLimits({ reads: 0, writes: 1 });
      for (let request = 0; request < 100; request++) expect(await limits.consume('a', 'reads')).toEqual({});
    });
  });

  describe('over HTTP', () => {
    const { request, post } = useTestApp({ rateLimits: { reads: 3, writes: 2 } });

    test('sends the remainder with every reply, also of errors, then 429', async () => {
      const from = '192.0.2.1';
      for (const [target, status, left] of [
        ['/incidents/', 200, 2],
        ['/incidents/999999', 404, 1],
        ['/incidents/?limit=x', 422, 0],
      ] as const) {
        const reply = await request(target, { from });
        expect(reply.status).toBe(status);
        expect(reply.headers.get('ratelimit-policy')).toBe('"reads";q=3;w=60');
        expect(reply.headers.get('ratelimit')).toMatch(new RegExp(`^"reads";r=${left};t=\\d+$`));
      }
      const { status, headers, body } = await request('/incidents/', { from });
      expect(status).toBe(429);
      expect(body).toMatchObject({
        type: 'urn:incident-service:problem:rate-limited',
        title: 'Слишком много запросов',
      });
      expect(headers.get('ratelimit')).toMatch(/^"reads";r=0;t=\d+$/);
      expect(headers.get('retry-after')).toBe(/t=(\d+)/.exec(headers.get('ratelimit') ?? '')?.[1]);

      expect((await request('/incidents/', { from: '192.0.2.2' })).status).toBe(200);
      expect((await request('/incidents/', { from, method: 'HEAD' })).status).toBe(429);
      expect((await post('/incidents/', newIncident)).headers.get('ratelimit-policy')).toBe(
        '"writes";q=2;w=60',
      );
      for (let probe = 0; probe < 5; probe++) {
        const { status, headers } = await request('/readyz', { from });
        expect(status).toBe(200);
        expect(headers.has('ratelimit')).toBe(false);
      }
    });
  });

  describe('behind a proxy', () => {
    // Requests without a key count against their address.
    const { request } = useTestApp({ rateLimits: { reads: 1 }, trustedProxyHops: 1, keys: {} });
    const from = '10.0.0.1';

    test('counts the address that the proxy appended, not earlier entries', async () => {
      const statusFor = async (forwarded: string) =>
        (await request('/incidents/', { from, headers: { 'X-Forwarded-For': forwarded } })).status;
      expect(await statusFor('198.51.100.1')).toBe(401);
      expect(await statusFor('203.0.113.9, 198.51.100.1')).toBe(429);
      expect(await statusFor('198.51.100.1, 198.51.100.2')).toBe(401);
    });
  });

  describe.skipIf(!hasRedis())('processes with one Redis', () => {
    const redis = useTestRedis(log.logger);
    const connected = async (): Promise<Redis> => {
      const connection = redis.connect();
      await eventually(() => expect(connection.isAvailable).toBe(true));
      // Commands have no timeout here: after one, a process would count alone.
      return { ...connection, tryCommand: (command) => command(connection.connection) };
    };

    test('count together, and refuse from memory beyond the limit', async () => {
      const connections = [await connected(), await connected()];
      const [one, other] = connections.map((redis) => createRateLimits({ redis, reads: 10, writes: 10 }));
      if (one === undefined || other === undefined) throw new Error('there are two');
      expect(await countAccepted(one, 6)).toBe(6);
      expect(await other.consume('one', 'reads')).toMatchObject({
        RateLimit: expect.stringMatching(/^"reads";r=3;t=(59|60)$/),
      });
      expect(await countAccepted(other, 100)).toBe(3);
      expect(await countAccepted(one, 100)).toBe(0);
      // Each process counted one request too many and sent no command for the rest.
      expect(await connections[0]?.connection.get('limit:reads:one')).toBe('12');
      expect(await connections[0]?.connection.pttl('limit:reads:one')).toBeGreaterThan(50_000);
      expect(await countAccepted(one, 20, 'another')).toBe(10);
    });

    test('accept the quota between them, also when most requests do not wait for Redis', async () => {
      const limits = await Promise.all(
        [1, 2].map(async () => createRateLimits({ redis: await connected(), reads: 500, writes: 1 })),
      );
      const accepted = await Promise.all(limits.map((process) => countAccepted(process, 500, 'both')));
      expect(accepted.reduce((sum, count) => sum + count)).toBe(500);
    });
  });

  describe.skipIf(!canStartRedis())('with a Redis that', () => {
    const servers = useRedisServers(log.logger);
    const begin = async () => {
      const server = await servers.start();
      const redis = servers.connect(server.url);
      await eventually(() => expect(redis.isAvailable).toBe(true));
      return { server, redis, limits: createRateLimits({ redis, reads: 10, writes: 10 }) };
    };
    const isBack = (redis: Redis) => eventually(() => expect(redis.isAvailable).toBe(true));

    test('does not reply: a tenth of the remaining requests do not wait for it', async () => {
      const { server, redis } = await begin();
      const limits = createRateLimits({ redis, reads: 100, writes: 1 });
      await limits.consume('one', 'reads');
      server.freeze();
      let accepted = 0;
      const requests = Array.from({ length: 12 }, () =>
        limits.consume('one', 'reads').then((headers) => {
          accepted += 1;
          return headers.RateLimit;
        }),
      );
      await nextTurn();
      expect(accepted).toBe(9);
      server.thaw();
      expect(await Promise.all(requests)).toEqual(
        Array.from({ length: 12 }, (_, index) => expect.stringContaining(`"reads";r=${98 - index};`)),
      );
      await eventually(async () => expect(await redis.connection.get('limit:reads:one')).toBe('13'));
    });

    test('never ran: each process counts alone', async () => {
      const redis = servers.connect('redis://127.0.0.1:1/0');
      const limits = () => createRateLimits({ redis, reads: 10, writes: 10 });
      expect(await countAccepted(limits(), 20)).toBe(10);
      expect(await countAccepted(limits(), 20)).toBe(10);
    });

    test.each(['is killed', 'freezes'])('%s: the process continues its own count', async (fault) => {
      const { server, redis, limits } = await begin();
      expect(await countAccepted(limits, 6)).toBe(6);
      if (fault === 'freezes') server.freeze();
      else await server.kill();
      expect(await countAccepted(limits, 20)).toBe(4);
      if (fault === 'freezes') server.thaw();
      else await server.start();
      await isBack(redis);
      expect(await countAccepted(limits, 20)).toBe(0);
      expect(await countAccepted(limits, 20, 'another')).toBe(10);
    });

    test('was flushed: the process keeps its own count', async () => {
      const { redis, limits } = await begin();
      expect(await countAccepted(limits, 6)).toBe(6);
      await redis.connection.flushall();
      await redis.connection.script('FLUSH');
      expect(await countAccepted(limits, 20)).toBe(4);
    });

    test('refuses writes: each process counts alone', async () => {
      const { redis, limits } = await begin();
      await redis.connection.config('SET', 'maxmemory', '1');
      expect(await countAccepted(limits, 20)).toBe(10);
      expect(redis.isAvailable).toBe(true);
    });
  });
});
