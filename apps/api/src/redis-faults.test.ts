import { setTimeout as wait } from 'node:timers/promises';
import type { Incident } from '@incidents/contracts';
import { eventually } from '@incidents/testing/eventually';
import type { RedisServer } from '@incidents/testing/redis/redis-server';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Redis } from './redis.ts';
import { newIncident, useTestApp } from './testing/test-app.ts';
import { canStartRedis, useRedisServers } from './testing/test-redis.ts';

describe.skipIf(!canStartRedis())('API over a faulty Redis', () => {
  let server: RedisServer;
  let redis: Redis;
  const app = useTestApp({ redis: () => redis, rateLimits: { reads: 1_000_000, writes: 1_000_000 } });
  const servers = useRedisServers(app.log.logger);

  beforeAll(async () => {
    server = await servers.start();
    redis = servers.connect(server.url);
    await eventually(() => expect(redis.isAvailable).toBe(true));
  });

  async function client(state: { isOver: boolean }, durations: number[]): Promise<void> {
    const timed = async <Reply>(answer: Promise<Reply>): Promise<Reply> => {
      const begun = performance.now();
      const reply = await answer;
      durations.push(performance.now() - begun);
      return reply;
    };
    const { id } = (await app.post('/incidents/', newIncident)).body as Incident;
    for (let round = 0; !state.isOver; round++) {
      const text = `раз ${round}`;
      expect((await timed(app.patch(`/incidents/${id}`, { text }))).status).toBe(200);
      expect((await timed(app.request(`/incidents/${id}`))).body).toMatchObject({ text });
      const page = await timed(app.request('/incidents/?limit=20'));
      expect(page.body).toEqual(expect.arrayContaining([expect.objectContaining({ id, text })]));
    }
  }

  test.each<[string, () => Promise<void>]>([
    [
      'is frozen for 700 ms',
      async () => {
        server.freeze();
        await wait(700);
        server.thaw();
      },
    ],
    [
      'is killed and restarted',
      async () => {
        await server.kill();
        await wait(500);
        await server.start();
      },
    ],
    [
      'is frozen repeatedly',
      async () => {
        for (let moment = 0; moment < 5; moment++) {
          server.freeze();
          await wait(70);
          server.thaw();
          await wait(70);
        }
      },
    ],
    [
      'is flushed repeatedly',
      async () => {
        for (let time = 0; time < 20; time++) {
          await redis.connection.flushall().catch(() => {});
          await wait(20);
        }
      },
    ],
  ])('replies stay correct and fast while Redis %s', async (_, harm) => {
    const state = { isOver: false };
    const durations: number[] = [];
    const clients = Promise.all(Array.from({ length: 4 }, () => client(state, durations)));
    await wait(200);
    await harm();
    await eventually(() => expect(redis.isAvailable).toBe(true));
    const answeredBefore = durations.length;
    await eventually(() => expect(durations.length).toBeGreaterThan(answeredBefore + 20));
    state.isOver = true;
    await clients;
    // Generous for a busy machine, but below the timeouts of Redis clients.
    expect(durations.toSorted((a, b) => a - b).at(Math.floor(durations.length * 0.99))).toBeLessThan(1_000);
  });
});
