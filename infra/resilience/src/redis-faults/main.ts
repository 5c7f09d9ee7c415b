import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { prepareService } from '@incidents/testing/processes/prepare-service';
import { runScenario } from '@incidents/testing/processes/run-scenario';
import { quantile } from '@incidents/testing/quantile';
import { findRedis, type RedisServer, startRedisServer } from '@incidents/testing/redis/redis-server';
import { startMixedLoad } from '../load/mixed-load.ts';
import { startOwnPostgres } from '../postgres/own-postgres.ts';
import { askRedis } from './ask-redis.ts';
import { readOwnWrites } from './read-own-writes.ts';

// Two built APIs over one Redis: `pnpm resilience redis-faults [--long]`. First a client writes to one API and
// reads from both, in turn, and must see its own write each time. Then Redis is refused, killed, frozen, flushed and
// restarted under load. Ends with 1 when a read missed its write, a reply failed, or requests took much longer.
const { values } = parseArgs({
  options: {
    /** 10,000 writes and reads, ten seconds of each fault. */
    long: { type: 'boolean', default: false },
    'per-second': { type: 'string', default: '100' },
  },
});
const turns = values.long ? 10_000 : 1_000;
const faultFor = values.long ? 10_000 : 2_500;
const perSecond = Number(values['per-second']);

/** Milliseconds by which 99 of 100 requests may take longer while Redis is in trouble. */
const MOST_ADDED = 150;

/** What is done to Redis, and how it is made good again. */
const faults: Record<
  string,
  { harm(redis: RedisServer): Promise<void>; mend(redis: RedisServer): Promise<void> }
> = {
  'killed, its port refused': {
    harm: (redis) => redis.kill(),
    mend: (redis) => redis.start(),
  },
  'frozen (SIGSTOP)': {
    harm: async (redis) => redis.freeze(),
    mend: async (redis) => redis.thaw(),
  },
  'flushed, ten times a second': {
    async harm(redis) {
      for (const until = performance.now() + faultFor; performance.now() < until; ) {
        await askRedis(redis.url, 'FLUSHALL');
        await sleep(100);
      }
    },
    mend: async () => {},
  },
  'restarted, once a second': {
    async harm(redis) {
      for (const until = performance.now() + faultFor; performance.now() < until; ) {
        await redis.kill();
        await redis.start();
        await sleep(1_000);
      }
    },
    mend: async () => {},
  },
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
    // Far above what is asked for, so that each request is counted and none refused.
    RATE_LIMIT_READS: '1000000',
    RATE_LIMIT_WRITES: '1000000',
  };
  const apis = await Promise.all(['api-1', 'api-2'].map((name) => prepareService(cleanup, 'api', name, env)));
  await Promise.all(apis.map((api) => api.start()));
  const missed: string[] = [];

  const [one, other] = apis;
  if (one === undefined || other === undefined) throw new Error('there are not two APIs');
  const { reads, missedWrites } = await readOwnWrites([one.url, other.url], turns);
  console.log(`${turns} writes, ${reads} reads after them: ${missedWrites.length} missed their write`);
  if (missedWrites.length > 0) missed.push(`writes not read: ${missedWrites.slice(0, 3).join('; ')}`);

  const load = startMixedLoad(
    apis.map(({ url }) => Number(new URL(url).port)),
    perSecond,
  );
  cleanup.add(() => load.stop());
  const during = async (name: string, work: () => Promise<void>): Promise<number> => {
    const before = { answers: load.took.length, failures: load.failures.length };
    await work();
    const took = load.took.slice(before.answers);
    const failures = load.failures.slice(before.failures);
    const p99 = quantile(took, 0.99);
    console.log(
      `${name.padEnd(28)} ${String(took.length).padStart(5)} answers, ${failures.length} failed; middle ${quantile(took, 0.5).toFixed(1)} ms, 99 of 100 ${p99.toFixed(1)} ms, slowest ${quantile(took, 1).toFixed(0)} ms`,
    );
    if (failures.length > 0)
      missed.push(`${name}: ${failures.length} failed: ${failures.slice(0, 3).join('; ')}`);
    return p99;
  };
  await during('warming up', () => sleep(1_000));
  const well = await during('all well', () => sleep(faultFor));
  for (const [name, { harm, mend }] of Object.entries(faults)) {
    const p99 = await during(name, async () => {
      const began = performance.now();
      await harm(redis);
      await sleep(Math.max(0, faultFor - (performance.now() - began)));
    });
    if (p99 > well + MOST_ADDED) missed.push(`${name}: 99 of 100 took ${(p99 - well).toFixed(0)} ms more`);
    await mend(redis);
    await sleep(500);
  }
  await during('all well again', () => sleep(faultFor));
  await load.stop();
  return [...missed, ...apis.flatMap(({ deaths }) => deaths)];
});
