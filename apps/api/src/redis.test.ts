import { createServer } from 'node:net';
import { eventually } from '@incidents/testing/eventually';
import { useTestLogger } from '@incidents/testing/test-logger';
import { describe, expect, test } from 'vitest';
import { connectRedis, RedisUnavailableError } from './redis.ts';
import { canStartRedis, useRedisServers } from './testing/test-redis.ts';

const log = useTestLogger();
const messages = () => log.lines.map(({ level, msg }) => `${level}: ${msg}`);

async function ping(redis: ReturnType<typeof connectRedis>) {
  const sentAt = performance.now();
  const reply = await redis.tryCommand((connection) => connection.ping()).catch((error: unknown) => error);
  return { reply, took: performance.now() - sentAt };
}

describe('connectRedis', () => {
  test('fails fast without a server and logs it once, without the password', async () => {
    const redis = connectRedis('redis://user:hunter2@127.0.0.1:1/0', { logger: log.logger });
    await eventually(() => expect(messages()).toEqual(['warn: Redis is unavailable']));
    await new Promise((resolve) => setTimeout(resolve, 300));
    const { reply, took } = await ping(redis);
    expect(reply).toBeInstanceOf(RedisUnavailableError);
    expect(took).toBeLessThan(50);
    expect(log.lines).toMatchObject([{ reason: expect.stringContaining('ECONNREFUSED') }]);
    expect(JSON.stringify(log.lines)).not.toContain('hunter2');
    redis.close();
  });

  test('is unavailable when the server never replies', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    const address = silent.address();
    if (address === null || typeof address === 'string') throw new Error('the server has no port');
    const redis = connectRedis(`redis://127.0.0.1:${address.port}/0`, { logger: log.logger });
    await new Promise((resolve) => silent.once('connection', resolve));
    expect(redis.isAvailable).toBe(false);
    expect((await ping(redis)).reply).toBeInstanceOf(RedisUnavailableError);
    await eventually(() => expect(messages()).toEqual(['warn: Redis is unavailable']));
    redis.close();
    silent.close();
  });

  describe.skipIf(!canStartRedis())('with a server', () => {
    const servers = useRedisServers(log.logger);
    const connected = async () => {
      const server = await servers.start();
      const redis = servers.connect(server.url);
      await eventually(() => expect(redis.isAvailable).toBe(true));
      return { server, redis };
    };

    test('returns replies', async () => {
      const { redis } = await connected();
      expect((await ping(redis)).reply).toBe('PONG');
      expect(messages()).toEqual(['info: Redis is available']);
    });

    test('passes errors of commands on and keeps the connection', async () => {
      const { redis } = await connected();
      const refused = redis.tryCommand((connection) => connection.call('no-such-command'));
      await expect(refused).rejects.toThrow(/unknown command/);
      expect(redis.isAvailable).toBe(true);
    });

    test('is unavailable after a wrong password, which the log does not contain', async () => {
      const { server } = await connected();
      log.lines.length = 0;
      const url = server.url.replace('//', '//unknown:hunter2@');
      servers.connect(url);
      await eventually(() => expect(messages()).toContain('warn: Redis is unavailable'));
      expect(log.lines[0]?.reason).toContain('WRONGPASS');
      expect(JSON.stringify(log.lines)).not.toContain('hunter2');
    });

    test('reconnects after a restart, with one log line each', async () => {
      const { server, redis } = await connected();
      await server.kill();
      await eventually(() => expect(redis.isAvailable).toBe(false));
      expect((await ping(redis)).reply).toBeInstanceOf(RedisUnavailableError);
      await server.start();
      await eventually(() => expect(redis.isAvailable).toBe(true));
      expect((await ping(redis)).reply).toBe('PONG');
      expect(messages()).toEqual([
        'info: Redis is available',
        'warn: Redis is unavailable',
        'info: Redis is available again',
      ]);
    });

    test('opens the circuit while the server is frozen, so only pending commands wait', async () => {
      const { server, redis } = await connected();
      server.freeze();
      const first = await Promise.all(Array.from({ length: 20 }, () => ping(redis)));
      for (const { reply } of first) expect(reply).toBeInstanceOf(RedisUnavailableError);
      expect(Math.max(...first.map(({ took }) => took))).toBeLessThan(1_000);

      // Meanwhile it reconnects in the background.
      const later: number[] = [];
      const end = performance.now() + 2_500;
      while (performance.now() < end) {
        const { reply, took } = await ping(redis);
        expect(reply).toBeInstanceOf(RedisUnavailableError);
        later.push(took);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      expect(later.toSorted((a, b) => a - b).at(Math.floor(later.length * 0.99))).toBeLessThan(50);

      server.thaw();
      await eventually(() => expect(redis.isAvailable).toBe(true));
      expect((await ping(redis)).reply).toBe('PONG');
      expect(messages()).toEqual([
        'info: Redis is available',
        'warn: Redis is unavailable',
        'info: Redis is available again',
      ]);
      expect(log.lines[1]?.reason).toBe('no answer for 1000 ms');
    });

    test('accepts replies that arrived while the event loop was blocked', async () => {
      const { redis } = await connected();
      const pending = ping(redis);
      const end = performance.now() + 200;
      while (performance.now() < end);
      expect((await pending).reply).toBe('PONG');
      expect(messages()).toEqual(['info: Redis is available']);
    });

    test('closes without waiting for a frozen server', async () => {
      const { server, redis } = await connected();
      server.freeze();
      const pending = ping(redis);
      redis.close();
      expect((await pending).reply).toBeInstanceOf(RedisUnavailableError);
      await eventually(() => expect(redis.connection.status).toBe('end'));
      expect(messages()).toEqual(['info: Redis is available']);
    });
  });
});
