import { randomBytes } from 'node:crypto';
import { openSync } from 'node:fs';
import { devNull } from 'node:os';
import { Incident } from '@incidents/contracts';
import type { Cleanup } from '@incidents/testing/processes/cleanup';
import { prepareService, type Service } from '@incidents/testing/processes/prepare-service';
import { findRedis, startRedisServer } from '@incidents/testing/redis/redis-server';
import * as z from 'zod';
import type { LoadGenerator, SeededIncident } from './load.ts';
import { findGroups } from './local-processes.ts';
import type { ProcessGroups } from './measure.ts';
import type { Opponent } from './options.ts';
import { createDatabase, type PostgresServer } from './postgres.ts';
import { fill } from './scenarios.ts';
import { findListeners } from './sockets.ts';
import { INCIDENTS, type Variant } from './variants.ts';

/** A server that is measured. */
export interface Target {
  name: string;
  /** Origins: one, or one per process. */
  urls: string[];
  key: string | undefined;
  /** Its processes on this machine, as they are now. */
  findProcesses(): ProcessGroups;
  /** Removes the rows that runs have added; undefined where the bench cannot. */
  restore: (() => Promise<void>) | undefined;
}

/** A target of this service, whose data the bench puts back. */
export interface ServiceTarget extends Target {
  databaseUrl: string;
  restore(): Promise<void>;
}

/** The servers that the targets of this service share. */
export interface Backends {
  postgres: PostgresServer;
  /** Undefined where the machine has none. */
  redis: { url: string; processes: number[] } | undefined;
}

/** Evaluated for each request, and never reached. */
const RATE_LIMIT = '1000000000';

/** Starts a Redis where the machine has one. */
export async function startRedis(cleanup: Cleanup): Promise<Backends['redis']> {
  const program = findRedis();
  if (program === undefined) return undefined;
  const server = await startRedisServer(program);
  cleanup.add(async () => {
    // Its guard does not keep this process alive, and after an external PostgreSQL nothing else does.
    const alive = setInterval(() => {}, 1_000);
    await server.kill();
    clearInterval(alive);
  });
  return { url: server.url, processes: findListeners(Number(new URL(server.url).port)) };
}

/**
 * Starts the production build over a database of its own.
 * @param redisDatabase the number of its own database in Redis: targets share no counters
 */
export async function startVariant(
  cleanup: Cleanup,
  { postgres, redis }: Backends,
  variant: Variant,
  redisDatabase: number,
): Promise<ServiceTarget> {
  const database = await createDatabase(cleanup, postgres, variant);
  const key = variant.guarded ? randomBytes(32).toString('base64url') : undefined;
  const usedRedis = variant.guarded ? redis : undefined;
  const env = {
    NODE_ENV: 'production',
    DATABASE_URL: database.url,
    RATE_LIMIT_READS: RATE_LIMIT,
    RATE_LIMIT_WRITES: RATE_LIMIT,
    ...(key === undefined ? { AUTH: 'off' } : { AUTH: 'keys', ADMIN_API_KEY: key }),
    ...(usedRedis !== undefined && { REDIS_URL: new URL(`/${redisDatabase}`, usedRedis.url).href }),
  };
  // Logged at the level of production, then discarded.
  const log = openSync(devNull, 'w');
  const apis: Service[] = [];
  for (let index = 0; index < variant.apis; index++) {
    const api = await prepareService(cleanup, 'api', variant.name, env, log);
    await api.start();
    apis.push(api);
  }
  return {
    name: variant.name,
    urls: apis.map(({ url }) => url),
    key,
    findProcesses: () => ({
      api: apis.map(({ child }) => child.pid),
      postgres: postgres.processes,
      redis: usedRedis?.processes ?? [],
    }),
    databaseUrl: database.url,
    restore: database.restore,
  };
}

/**
 * Makes a target of a server that runs already. One with fewer incidents than the bench seeds is filled through its API.
 * @throws Error when it does not speak the contract
 */
export async function joinOpponent(
  { name, url }: Opponent,
  key: string | undefined,
  generator: LoadGenerator,
): Promise<Target> {
  const defaultPort = new URL(url).protocol === 'https:' ? 443 : 80;
  const target: Target = {
    name,
    urls: [url],
    key,
    findProcesses: () => findGroups(url, defaultPort),
    restore: undefined,
  };
  const missing = INCIDENTS - (await readIncidents(target)).length;
  if (missing > 0) {
    const { connections } = fill;
    // Each connection sends at least one.
    const requests = Math.max(missing, connections);
    await generator.run({
      scenario: fill.name,
      urls: [url],
      key,
      connections,
      extent: { requests },
      incidents: [],
    });
    if ((await readIncidents(target)).length < INCIDENTS)
      throw new Error(`${name} did not store ${missing} incidents`);
  }
  return target;
}

/** The latest incidents of a target: those that scenarios read and change. */
export async function readIncidents({ name, urls, key }: Target): Promise<SeededIncident[]> {
  const reply = await fetch(`${urls[0]}/incidents/?limit=${INCIDENTS}`, {
    headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
  });
  if (!reply.ok) throw new Error(`${name} answered ${reply.status} to GET /incidents/`);
  const incidents = z.array(Incident.pick({ id: true, status: true })).parse(await reply.json());
  return incidents.map(({ id, status }) => ({ id, status }));
}
