import { randomBytes } from 'node:crypto';
import { openSync } from 'node:fs';
import { get } from 'node:http';
import { devNull } from 'node:os';
import { Incident } from '@incidents/contracts';
import { MEMORY_OPTIONS } from '@incidents/local/memory-options';
import type { Cleanup } from '@incidents/testing/processes/cleanup';
import { prepareService, type Service } from '@incidents/testing/processes/prepare-service';
import { findRedis, startRedisServer } from '@incidents/testing/redis/redis-server';
import * as z from 'zod';
import type { LoadGenerator, SeededIncident } from './load.ts';
import { findProcessGroups } from './local-processes.ts';
import type { Peer } from './options.ts';
import { createDatabase, type PostgresServer } from './postgres.ts';
import { fill } from './scenarios.ts';
import { findListeners } from './sockets.ts';
import type { ProcessGroups } from './start-meter.ts';
import { SEEDED_INCIDENTS, type Variant } from './variants.ts';

export interface Target {
  name: string;
  urls: string[];
  key: string | undefined;
  findProcesses(): ProcessGroups;
  /** Deletes the rows of runs; undefined when the bench cannot. */
  restore: (() => Promise<void>) | undefined;
}

export interface ServiceTarget extends Target {
  databaseUrl: string;
  restore(): Promise<void>;
}

export interface Backends {
  postgres: PostgresServer;
  redis: { url: string; processes: number[] } | undefined;
}

/** Checked for each request and never reached. */
const RATE_LIMIT = '1000000000';

export async function startRedis(cleanup: Cleanup): Promise<Backends['redis']> {
  const program = findRedis();
  if (program === undefined) return undefined;
  const server = await startRedisServer(program);
  cleanup.add(async () => {
    // Keeps this process alive: the guard of Redis does not.
    const alive = setInterval(() => {}, 1_000);
    await server.kill();
    clearInterval(alive);
  });
  return { url: server.url, processes: findListeners(Number(new URL(server.url).port)) };
}

/** @param redisDatabase number of its Redis database: targets share no counters */
export async function startVariant(
  cleanup: Cleanup,
  { postgres, redis }: Backends,
  variant: Variant,
  redisDatabase: number,
): Promise<ServiceTarget> {
  const database = await createDatabase(cleanup, postgres, variant);
  const key = variant.hasAuthAndRedis ? randomBytes(32).toString('base64url') : undefined;
  const usedRedis = variant.hasAuthAndRedis ? redis : undefined;
  const env = {
    NODE_ENV: 'production',
    ...MEMORY_OPTIONS,
    DATABASE_URL: database.url,
    RATE_LIMIT_READS: RATE_LIMIT,
    RATE_LIMIT_WRITES: RATE_LIMIT,
    ...(key === undefined ? { AUTH: 'off' } : { AUTH: 'keys', ADMIN_API_KEY: key }),
    ...(usedRedis !== undefined && { REDIS_URL: new URL(`/${redisDatabase}`, usedRedis.url).href }),
  };
  const log = openSync(devNull, 'w');
  const apis: Service[] = [];
  for (let index = 0; index < variant.apis; index++) {
    const api = await prepareService(cleanup, 'api', variant.name, env, log);
    await api.start();
    apis.push(api);
    for (let count = 0; count < variant.streamClients; count++) openStream(cleanup, api.url, key);
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

/** Reads the events and drops them. */
function openStream(cleanup: Cleanup, url: string, key: string | undefined): void {
  const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
  const stream = get(`${url}/incidents/stream`, { headers }, (reply) => {
    if (reply.statusCode !== 200) throw new Error(`GET /incidents/stream: ${reply.statusCode}`);
    reply.on('error', () => {}).resume();
  });
  stream.on('error', () => {});
  cleanup.add(async () => void stream.destroy());
}

/**
 * Makes a target of a running server, and creates the incidents that it lacks.
 * @throws Error when it does not fulfil the contract
 */
export async function connectPeer(
  { name, url }: Peer,
  key: string | undefined,
  generator: LoadGenerator,
): Promise<Target> {
  const defaultPort = new URL(url).protocol === 'https:' ? 443 : 80;
  const target: Target = {
    name,
    urls: [url],
    key,
    findProcesses: () => findProcessGroups(url, defaultPort),
    restore: undefined,
  };
  const missing = SEEDED_INCIDENTS - (await readIncidents(target)).length;
  if (missing > 0) {
    const { connections } = fill;
    // Each connection sends at least one request.
    const requests = Math.max(missing, connections);
    await generator.run({
      scenario: fill.name,
      urls: [url],
      key,
      connections,
      extent: { requests },
      incidents: [],
    });
    if ((await readIncidents(target)).length < SEEDED_INCIDENTS)
      throw new Error(`${name} did not store ${missing} incidents`);
  }
  return target;
}

export async function readIncidents({ name, urls, key }: Target): Promise<SeededIncident[]> {
  const reply = await fetch(`${urls[0]}/incidents/?limit=${SEEDED_INCIDENTS}`, {
    headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
  });
  if (!reply.ok) throw new Error(`${name} answered ${reply.status} to GET /incidents/`);
  const incidents = z.array(Incident.pick({ id: true, status: true })).parse(await reply.json());
  return incidents.map(({ id, status }) => ({ id, status }));
}
