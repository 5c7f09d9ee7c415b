import { createServer } from 'node:net';
import { eventually } from '@incidents/testing/eventually';
import { useTestLogger } from '@incidents/testing/test-logger';
import { describe, expect, test } from 'vitest';
import { connectRedis, RedisUnavailableError } from './redis.ts';
import { canStartRedis, useRedisServers } from './testing/test-redis.ts';

const log = useTestLogger();
const messages = () => log.lines.map(({ level, msg }) => `${level}: ${msg}`);

/** What a question takes, in milliseconds, and what comes of it. */
async function ping(redis: ReturnType<typeof connectRedis>) {
  const asked = performance.now();
  const answer = await redis.tryCommand((connection) => connection.ping()).catch((error: unknown) => error);
  return { answer, took: performance.now() - asked };
}

test('one that refuses costs nothing, is told of once, and without the password', async () => {
  const redis = connectRedis('redis://user:hunter2@127.0.0.1:1/0', { logger: log.logger });
  await eventually(() => expect(messages()).toEqual(['warn: Redis is away']));
  await new Promise((resolve) => setTimeout(resolve, 300));
  const { answer, took } = await ping(redis);
  expect(answer).toBeInstanceOf(RedisUnavailableError);
  expect(took).toBeLessThan(50);
  expect(log.lines).toMatchObject([{ reason: expect.stringContaining('ECONNREFUSED') }]);
  expect(JSON.stringify(log.lines)).not.toContain('hunter2');
  redis.close();
});

test('something else that listens there and says nothing', async () => {
  const silent = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => silent.once('listening', resolve));
  const address = silent.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  const redis = connectRedis(`redis://127.0.0.1:${address.port}/0`, { logger: log.logger });
  await new Promise((resolve) => silent.once('connection', resolve));
  expect(redis.isAvailable).toBe(false);
  expect((await ping(redis)).answer).toBeInstanceOf(RedisUnavailableError);
  // Given up, and told of.
  await eventually(() => expect(messages()).toEqual(['warn: Redis is away']));
  redis.close();
  silent.close();
});

describe.skipIf(!canStartRedis())('a server that', () => {
  const servers = useRedisServers(log.logger);
  const connected = async () => {
    const server = await servers.start();
    const redis = servers.connect(server.url);
    await eventually(() => expect(redis.isAvailable).toBe(true));
    return { server, redis };
  };

  test('answers', async () => {
    const { redis } = await connected();
    expect((await ping(redis)).answer).toBe('PONG');
    expect(messages()).toEqual(['info: Redis is here']);
  });

  test('refuses a command: that is its answer, and the connection stays', async () => {
    const { redis } = await connected();
    const refused = redis.tryCommand((connection) => connection.call('no-such-command'));
    await expect(refused).rejects.toThrow(/unknown command/);
    expect(redis.isAvailable).toBe(true);
  });

  test('refuses the password: away, and the log does not have it', async () => {
    const { server } = await connected();
    log.lines.length = 0;
    const url = server.url.replace('//', '//nobody:hunter2@');
    servers.connect(url);
    await eventually(() => expect(messages()).toContain('warn: Redis is away'));
    expect(log.lines[0]?.reason).toContain('WRONGPASS');
    expect(JSON.stringify(log.lines)).not.toContain('hunter2');
  });

  test('is killed and started again: lost once, back once', async () => {
    const { server, redis } = await connected();
    await server.kill();
    await eventually(() => expect(redis.isAvailable).toBe(false));
    expect((await ping(redis)).answer).toBeInstanceOf(RedisUnavailableError);
    await server.start();
    await eventually(() => expect(redis.isAvailable).toBe(true));
    expect((await ping(redis)).answer).toBe('PONG');
    expect(messages()).toEqual(['info: Redis is here', 'warn: Redis is away', 'info: Redis is back']);
  });

  test('freezes: those who were asking wait for a moment, nobody else does', async () => {
    const { server, redis } = await connected();
    server.freeze();
    const first = await Promise.all(Array.from({ length: 20 }, () => ping(redis)));
    for (const { answer } of first) expect(answer).toBeInstanceOf(RedisUnavailableError);
    expect(Math.max(...first.map(({ took }) => took))).toBeLessThan(1_000);

    // All that is asked in two more seconds, during which it is tried again in the background.
    const later: number[] = [];
    const end = performance.now() + 2_500;
    while (performance.now() < end) {
      const { answer, took } = await ping(redis);
      expect(answer).toBeInstanceOf(RedisUnavailableError);
      later.push(took);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(later.toSorted((a, b) => a - b).at(Math.floor(later.length * 0.99))).toBeLessThan(50);

    server.thaw();
    await eventually(() => expect(redis.isAvailable).toBe(true));
    expect((await ping(redis)).answer).toBe('PONG');
    expect(messages()).toEqual(['info: Redis is here', 'warn: Redis is away', 'info: Redis is back']);
    expect(log.lines[1]?.reason).toBe('no answer for 1000 ms');
  });

  test('answers while this process was busy: that is no reason to give it up', async () => {
    const { redis } = await connected();
    const asked = ping(redis);
    const end = performance.now() + 200;
    while (performance.now() < end);
    expect((await asked).answer).toBe('PONG');
    expect(messages()).toEqual(['info: Redis is here']);
  });

  test('is frozen when this process ends: the end does not wait', async () => {
    const { server, redis } = await connected();
    server.freeze();
    const asked = ping(redis);
    redis.close();
    expect((await asked).answer).toBeInstanceOf(RedisUnavailableError);
    await eventually(() => expect(redis.connection.status).toBe('end'));
    expect(messages()).toEqual(['info: Redis is here']);
  });
});
