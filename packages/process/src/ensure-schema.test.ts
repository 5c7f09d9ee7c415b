import { schemaIsCurrent } from '@incidents/db/schema-is-current';
import { eventually } from '@incidents/db/testing/eventually';
import { useTestDatabase } from '@incidents/db/testing/test-database';
import { expect, test } from 'vitest';
import { type DatabaseAccess, ensureSchema } from './ensure-schema.ts';
import { useTestLogger } from './testing/test-logger.ts';

const empty = useTestDatabase({ empty: true });
const log = useTestLogger();
const access = (url: string): DatabaseAccess => ({
  directUrl: url,
  connection: { url, poolSize: 1, applicationName: 'incidents-test', onConnectionError: () => {} },
  use: 'session',
});
const nowhere = access('postgresql://nobody@127.0.0.1:1/nothing');

test('migrates, and says so once', async () => {
  await ensureSchema(access(empty.url), log.logger, new AbortController().signal);
  expect(await schemaIsCurrent(empty.db.kysely)).toBe(true);
  expect(log.lines.filter(({ msg }) => msg.startsWith('applied migration')).length).toBeGreaterThan(0);
  log.lines.length = 0;
  await ensureSchema(access(empty.url), log.logger, new AbortController().signal);
  expect(log.lines).toEqual([]);
});

test('waits for a database that does not answer, warns, and tries again', async () => {
  const stop = new AbortController();
  const waiting = ensureSchema(nowhere, log.logger, stop.signal);
  await eventually(() => expect(log.lines.length).toBeGreaterThanOrEqual(2));
  stop.abort();
  await waiting;
  expect(log.lines[0]).toMatchObject({
    level: 'warn',
    msg: 'the database is not ready',
    retry_in_s: 1,
    err: { code: 'ECONNREFUSED' },
  });
  expect(log.lines[1]).toMatchObject({ retry_in_s: 2 });
});

test('does nothing when the process is ending already', async () => {
  await ensureSchema(nowhere, log.logger, AbortSignal.abort());
  expect(log.lines).toEqual([]);
});
