import { databaseUrl, onServer } from '@incidents/testing/postgres/template';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { describe, expect, inject, test } from 'vitest';
import { migrate } from './migrate.ts';
import { UnusableDatabaseError, verifyConnection } from './verify-connection.ts';

const { serverUrl, template } = inject('testDatabase');
const optionsOf = (url: string) => ({
  url,
  poolSize: 1,
  applicationName: 'incidents-verify',
  onConnectionError: () => {},
});

describe('a database', () => {
  const empty = useTestDatabase({ empty: true });

  test('in UTF8 is accepted for every use when reached directly', async () => {
    await verifyConnection(optionsOf(empty.url), 'session');
    await verifyConnection(optionsOf(empty.url), 'transactions');
  });

  test.each(['SQL_ASCII', 'LATIN1', 'KOI8R'])(
    'in %s is refused before anything is stored',
    async (encoding) => {
      const name = `${template}_${encoding.toLowerCase()}`;
      const url = databaseUrl(serverUrl, name);
      await onServer(serverUrl, async (client) => {
        await client.query(
          `create database ${name} encoding '${encoding}' locale_provider libc locale 'C' template template0`,
        );
      });
      try {
        await expect(migrate(url)).rejects.toThrow(UnusableDatabaseError);
        await expect(migrate(url)).rejects.toThrow(`the encoding of the database is ${encoding}`);
      } finally {
        await onServer(serverUrl, (client) => client.query(`drop database ${name} with (force)`));
      }
    },
  );

  test('that does not answer is not refused', async () => {
    const nowhere = optionsOf('postgresql://stranger@127.0.0.1:1/nothing');
    await expect(verifyConnection(nowhere, 'session')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});

describe('tables in a schema of the search path of the database', () => {
  const database = useTestDatabase({ empty: true });

  test('are not hidden by new empty tables; the URL may name the schema', async () => {
    const url = new URL(database.url);
    url.searchParams.set('options', '-c search_path=app');
    await database.db.pool.query('create schema app');
    await migrate(url.href);
    await expect(migrate(database.url)).rejects.toThrow(UnusableDatabaseError);
    await expect(migrate(database.url)).rejects.toThrow('?options=-c%20search_path%3Dapp');
    await migrate(url.href);
    const { rows } = await database.db.pool.query(`select to_regclass('public.incidents') as incidents`);
    expect(rows).toEqual([{ incidents: null }]);
  });
});
