import { migrate } from '@incidents/db/migrate';
import pg from 'pg';

declare module 'vitest' {
  interface ProvidedContext {
    /** Set by the global setup: where the tests' PostgreSQL is, and the migrated database to copy. */
    testDatabase: { serverUrl: string; template: string };
  }
}

/** Leftovers of runs that were killed are removed once they are this old. */
const LEFTOVER_AGE_MS = 60 * 60 * 1000;
const PREFIX = 'incidents_test';

export async function createTemplate(serverUrl: string): Promise<{ name: string; drop(): Promise<void> }> {
  const name = `${PREFIX}_${Date.now()}_${process.pid}`;
  await onServer(serverUrl, async (client) => {
    await dropLeftovers(client);
    await client.query(`create database ${name}`);
  });
  await migrate(databaseUrl(serverUrl, name));
  return {
    name,
    drop: () => onServer(serverUrl, (client) => client.query(`drop database if exists ${name} with (force)`)),
  };
}

export function databaseUrl(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}

export async function onServer(url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

async function dropLeftovers(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ datname: string }>(
    `select datname from pg_database where datname ~ '^${PREFIX}_[0-9]+_'`,
  );
  for (const { datname } of rows) {
    const made = Number(datname.split('_')[2]);
    if (Date.now() - made > LEFTOVER_AGE_MS)
      await client.query(`drop database if exists ${datname} with (force)`);
  }
}
