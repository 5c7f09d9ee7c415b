import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { prepareService } from '@incidents/testing/processes/prepare-service';
import { runScenario } from '@incidents/testing/processes/run-scenario';
import { quantile } from '@incidents/testing/quantile';
import { findRedis, type RedisServer, startRedisServer } from '@incidents/testing/redis/redis-server';
import { formatTimes } from '../load/format-times.ts';
import { startMixedLoad } from '../load/mixed-load.ts';
import { startOwnPostgres } from '../postgres/own-postgres.ts';
import { readOwnWrites } from './read-own-writes.ts';
import { sendRedisCommand } from './send-redis-command.ts';

// Each write has to be visible at both APIs. During Redis faults no request may fail, and at most one in ten may be slow.
const { values } = parseArgs({
  options: {
    long: { type: 'boolean', default: false },
    'per-second': { type: 'string', default: '100' },
  },
});
const writes = values.long ? 10_000 : 1_000;
const faultMs = values.long ? 10_000 : 2_500;
const perSecond = Number(values['per-second']);

/** Increase of the 90th percentile during a fault. A pause of the machine delays less than a tenth of the requests. */
const MAX_ADDED_MS = 150;

interface Fault {
  inject(redis: RedisServer): Promise<void>;
  repair(redis: RedisServer): Promise<void>;
}

const repeat = (work: (redis: RedisServer) => Promise<void>): Fault => ({
  async inject(redis) {
    for (const until = performance.now() + faultMs; performance.now() < until; ) await work(redis);
  },
  repair: async () => {},
});

const faults: Record<string, Fault> = {
  'killed, its port refused': {
    inject: (redis) => redis.kill(),
    repair: (redis) => redis.start(),
  },
  'frozen (SIGSTOP)': {
    inject: async (redis) => redis.freeze(),
    repair: async (redis) => redis.thaw(),
  },
  'flushed, ten times a second': repeat(async (redis) => {
    await sendRedisCommand(redis.url, 'FLUSHALL');
    await sleep(100);
  }),
  'restarted, once a second': repeat(async (redis) => {
    await redis.kill();
    await redis.start();
    await sleep(1_000);
  }),
};

await runScenario(async (cleanup) => {
  const program = findRedis();
  if (program === undefined) {
    return ['there is no redis-server or valkey-server on the PATH (Debian: apt-get install redis-server)'];
  }
  const postgres = await startOwnPostgres(cleanup);
  const redis = await startRedisServer(program);
  cleanup.add(() => {
    redis.thaw();
    return redis.kill();
  });
  const env = {
    DATABASE_URL: postgres.url,
    REDIS_URL: redis.url,
    LOG_LEVEL: 'warn',
    AUTH: 'off',
    // Limits far above the load: each request is counted, and none is refused.
    RATE_LIMIT_READS: '1000000',
    RATE_LIMIT_WRITES: '1000000',
  };
  const apis = await Promise.all(['api-1', 'api-2'].map((name) => prepareService(cleanup, 'api', name, env)));
  await Promise.all(apis.map((api) => api.start()));
  const failures: string[] = [];

  const [one, other] = apis;
  if (one === undefined || other === undefined) throw new Error('there are not two APIs');
  const { reads, missedWrites } = await readOwnWrites([one.url, other.url], writes);
  console.log(`${writes} writes, ${reads} reads after them: ${missedWrites.length} missed their write`);
  if (missedWrites.length > 0) failures.push(`writes not read: ${missedWrites.slice(0, 3).join('; ')}`);

  const load = startMixedLoad(
    apis.map(({ url }) => Number(new URL(url).port)),
    perSecond,
  );
  cleanup.add(() => load.stop());
  const measure = async (name: string, work: () => Promise<void>): Promise<number> => {
    const before = { answers: load.took.length, failures: load.failures.length };
    await work();
    const took = load.took.slice(before.answers);
    const failed = load.failures.slice(before.failures);
    console.log(
      `${name.padEnd(28)} ${String(took.length).padStart(5)} answers, ${failed.length} failed; ${formatTimes(took)}`,
    );
    if (failed.length > 0)
      failures.push(`${name}: ${failed.length} failed: ${failed.slice(0, 3).join('; ')}`);
    return quantile(took, 0.9);
  };
  await measure('warming up', () => sleep(1_000));
  const well = await measure('without a fault', () => sleep(faultMs));
  for (const [name, { inject, repair }] of Object.entries(faults)) {
    const p90 = await measure(name, async () => {
      const began = performance.now();
      await inject(redis);
      await sleep(Math.max(0, faultMs - (performance.now() - began)));
    });
    if (p90 > well + MAX_ADDED_MS) failures.push(`${name}: the p90 rose by ${(p90 - well).toFixed(0)} ms`);
    await repair(redis);
    await sleep(500);
  }
  await measure('after the faults', () => sleep(faultMs));
  await load.stop();
  return [...failures, ...apis.flatMap(({ deaths }) => deaths)];
});
