import { eventually } from '@incidents/testing/eventually';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { beforeEach, describe, expect, test } from 'vitest';
import { type DatabaseAccess, ensureSchema } from './ensure-schema.ts';
import { isSchemaCurrent } from './is-schema-current.ts';

const empty = useTestDatabase({ empty: true });
const access = (url: string): DatabaseAccess => ({
  directUrl: url,
  connection: { url, poolSize: 1, applicationName: 'incidents-test', onConnectionError: () => {} },
  use: 'session',
});
const unreachable = access('postgresql://stranger@127.0.0.1:1/nothing');

const infos: string[] = [];
const warnings: object[] = [];
const logger = {
  info: (message: string) => void infos.push(message),
  warn: (fields: object, message: string) => void warnings.push({ ...fields, message }),
};
beforeEach(() => {
  infos.length = 0;
  warnings.length = 0;
});

describe('ensureSchema', () => {
  test('migrates an empty database and logs each migration once', async () => {
    await ensureSchema(access(empty.url), logger, new AbortController().signal);
    expect(await isSchemaCurrent(empty.db.kysely)).toBe(true);
    expect(infos.filter((message) => message.startsWith('applied migration')).length).toBeGreaterThan(0);
    infos.length = 0;
    await ensureSchema(access(empty.url), logger, new AbortController().signal);
    expect([...infos, ...warnings]).toEqual([]);
  });

  test('warns and tries again while the database is unreachable', async () => {
    const stop = new AbortController();
    const waiting = ensureSchema(unreachable, logger, stop.signal);
    await eventually(() => expect(warnings.length).toBeGreaterThanOrEqual(2));
    stop.abort();
    await waiting;
    expect(warnings[0]).toMatchObject({
      message: 'the database is not ready',
      retry_in_s: 1,
      err: { code: 'ECONNREFUSED' },
    });
    expect(warnings[1]).toMatchObject({ retry_in_s: 2 });
  });

  test('does nothing after the signal was aborted', async () => {
    await ensureSchema(unreachable, logger, AbortSignal.abort());
    expect([...infos, ...warnings]).toEqual([]);
  });
});
