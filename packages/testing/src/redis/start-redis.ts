import { imageOf } from '@incidents/testing/images';
import { GenericContainer, getContainerRuntimeClient, Wait } from 'testcontainers';
import { findRedis, startRedisServer } from './redis-server.ts';

/** The Redis of the tests; empty strings where there is none. */
export interface TestRedis {
  url: string;
  program: string;
  stop(): Promise<void>;
}

/**
 * `TEST_REDIS_URL` if set, else a container if a Docker engine answers, else a program on the PATH.
 * @throws Error where there is none though `REQUIRE_REDIS` is `true`
 */
export async function startRedis(): Promise<TestRedis> {
  const program = findRedis() ?? '';
  const shared = (await findShared()) ?? (program === '' ? undefined : await startProgram(program));
  if (shared !== undefined && program !== '') return { ...shared, program };

  const missing = shared === undefined ? 'no Redis' : 'no redis-server to stop and freeze';
  const remedy = 'install redis-server or valkey-server (Debian: apt-get install redis-server)';
  if (process.env.REQUIRE_REDIS === 'true') {
    await shared?.stop();
    throw new Error(`tests: ${missing}; ${remedy}`);
  }
  console.log(`tests: ${missing}, so the tests that need one are skipped; ${remedy}`);
  return { url: '', stop: async () => {}, ...shared, program };
}

type SharedRedis = Pick<TestRedis, 'url' | 'stop'>;

async function findShared(): Promise<SharedRedis | undefined> {
  const given = process.env.TEST_REDIS_URL;
  if (!given) return startContainer();
  console.log('tests: Redis of TEST_REDIS_URL');
  return { url: given, stop: async () => {} };
}

async function startContainer(): Promise<SharedRedis | undefined> {
  try {
    await getContainerRuntimeClient();
  } catch {
    return undefined;
  }
  try {
    console.log('tests: Redis in a container');
    const container = await new GenericContainer(imageOf('incident_redis'))
      .withExposedPorts(6379)
      .withWaitStrategy(Wait.forLogMessage('Ready to accept connections'))
      .start();
    return {
      url: `redis://${container.getHost()}:${container.getMappedPort(6379)}/0`,
      stop: async () => {
        await container.stop();
      },
    };
  } catch (error) {
    console.log(`tests: no container (${error instanceof Error ? error.message.split('\n')[0] : error})`);
    return undefined;
  }
}

async function startProgram(program: string): Promise<SharedRedis> {
  console.log(`tests: ${program}`);
  // It also goes when this process is killed.
  const server = await startRedisServer(program);
  return { url: server.url, stop: () => server.kill() };
}
