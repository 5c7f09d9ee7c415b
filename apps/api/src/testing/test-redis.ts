import { randomUUID } from 'node:crypto';
import type { Logger } from '@incidents/runtime/logger';
import { type RedisServer, startRedisServer } from '@incidents/testing/redis/redis-server';
import { Redis as Connection } from 'ioredis';
import { afterAll, inject } from 'vitest';
import { connectRedis, type Redis } from '../redis.ts';

export const hasRedis = () => inject('testRedis').url !== '';

export const canStartRedis = () => inject('testRedis').program !== '';

/** Own keys in a shared Redis for the calling test file or `describe`. */
export function useTestRedis(logger: Logger) {
  const keyPrefix = `test-${randomUUID()}:`;
  const connections = useConnections();
  afterAll(async () => {
    const cleaner = new Connection(inject('testRedis').url, { lazyConnect: true });
    for await (const keys of cleaner.scanStream({ match: `${keyPrefix}*` })) {
      if (keys.length > 0) await cleaner.unlink(keys);
    }
    cleaner.disconnect();
  });
  return {
    connect: () => connections.add(connectRedis(inject('testRedis').url, { logger, keyPrefix })),
  };
}

/** The servers end with the calling `describe`. */
export function useRedisServers(logger: Logger) {
  const connections = useConnections();
  const servers: RedisServer[] = [];
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.kill()));
  });
  return {
    async start(): Promise<RedisServer> {
      const server = await startRedisServer(inject('testRedis').program);
      servers.push(server);
      return server;
    },
    connect: (url: string) => connections.add(connectRedis(url, { logger })),
  };
}

function useConnections() {
  const connections: Redis[] = [];
  afterAll(() => {
    for (const connection of connections) connection.close();
  });
  return {
    add(connection: Redis) {
      connections.push(connection);
      return connection;
    },
  };
}
