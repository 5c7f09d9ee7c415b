import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '@incidents/local/postgres/embedded-postgres';
import { imageOf } from '@incidents/testing/images';
import { PostgreSqlContainer } from '@testcontainers/postgresql';
import { getContainerRuntimeClient } from 'testcontainers';

export interface TestServer {
  url: string;
  stop(): Promise<void>;
}

/** `TEST_DATABASE_URL` if set, else a container if a Docker engine answers, else the embedded server. */
export async function startPostgres(): Promise<TestServer> {
  const given = process.env.TEST_DATABASE_URL;
  if (given) {
    console.log('tests: PostgreSQL of TEST_DATABASE_URL');
    return { url: given, stop: async () => {} };
  }
  return (await startContainer()) ?? startEmbedded();
}

async function startContainer(): Promise<TestServer | undefined> {
  try {
    await getContainerRuntimeClient();
  } catch {
    return undefined;
  }
  try {
    console.log('tests: PostgreSQL in a container');
    const container = await new PostgreSqlContainer(imageOf('incident_postgres')).start();
    return {
      url: container.getConnectionUri(),
      stop: async () => {
        await container.stop();
      },
    };
  } catch (error) {
    console.log(`tests: no container (${error instanceof Error ? error.message.split('\n')[0] : error})`);
    return undefined;
  }
}

async function startEmbedded(): Promise<TestServer> {
  console.log('tests: embedded PostgreSQL');
  const server = await startEmbeddedPostgres({
    dataDir: await mkdtemp(join(tmpdir(), 'incidents-test-')),
    port: 0,
    // Server and folder are removed also when this process is killed.
    temporary: true,
    // The data need not survive a power cut.
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' },
  });
  return { url: server.url, stop: () => server.stop() };
}
