import { createDb, type Db } from '@incidents/db/client';
import { afterAll, beforeAll, expect, inject } from 'vitest';
import { eventually } from '../eventually.ts';
import { databaseUrl, onServer } from './template.ts';

export interface TestDatabase {
  readonly url: string;
  /** A pool that is closed after the file's tests. */
  readonly db: Db;
}

let counter = 0;

/** A copy of the migrated template, or an empty database. An open connection after the tests fails them. */
export function useTestDatabase(options: { empty?: boolean } = {}): TestDatabase {
  const { serverUrl, template } = inject('testDatabase');
  const name = `${template}_${process.pid}_${++counter}`;
  const url = databaseUrl(serverUrl, name);
  let db: Db | undefined;

  beforeAll(() =>
    onServer(serverUrl, async (client) => {
      await client.query(`create database ${name} template ${options.empty ? 'template0' : template}`);
      // The data need not survive a power cut.
      await client.query(`alter database ${name} set synchronous_commit = off`);
    }),
  );
  afterAll(async () => {
    await db?.close();
    await onServer(serverUrl, async (client) => {
      try {
        // The server notices closed connections after a moment. An unclosed pool keeps idle ones for ten seconds.
        await eventually(async () => {
          const { rows } = await client.query<{ application_name: string; query: string }>(
            `select application_name, query from pg_stat_activity
             where datname = $1 and backend_type = 'client backend'`,
            [name],
          );
          expect(rows, 'connections were left open').toEqual([]);
        }, 3_000);
      } finally {
        await client.query(`drop database ${name} with (force)`);
      }
    });
  });

  return {
    url,
    get db() {
      db ??= createDb({
        url,
        poolSize: 10,
        applicationName: 'incidents-test',
        onConnectionError: () => {},
      });
      return db;
    },
  };
}
