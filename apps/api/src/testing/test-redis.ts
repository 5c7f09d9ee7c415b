import { randomUUID } from 'node:crypto';
import type { Logger } from '@incidents/runtime/logger';
import { type RedisServer, startRedisServer } from '@incidents/testing/redis/redis-server';
import { Redis as Connection } from 'ioredis';
import { afterAll, inject } from 'vitest';
import { connectRedis, type Redis } from '../redis.ts';

/** Whether tests over a Redis can run; where there is none the run says what to do. */
export const hasRedis = () => inject('testRedis').url !== '';

/** Whether tests can start a Redis of their own, to do it harm. */
export const canStartRedis = () => inject('testRedis').program !== '';

/** Gives the calling test file (or `describe`) keys of its own in a Redis that others use too. */
export function useTestRedis(logger: Logger) {
  const keyPrefix = `test-${randomUUID()}:`;
  const connections = useConnections();
  afterAll(async () => {
    // Counters would stay for a minute.
    const cleaner = new Connection(inject('testRedis').url, { lazyConnect: true });
    for await (const keys of cleaner.scanStream({ match: `${keyPrefix}*` })) {
      if (keys.length > 0) await cleaner.unlink(keys);
    }
    cleaner.disconnect();
  });
  return {
    /** One more connection, as one more process has it. */
    connect: () => connections.add(connectRedis(inject('testRedis').url, { logger, keyPrefix })),
  };
}

/** Gives the calling `describe` a way to start servers that end with it. */
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
