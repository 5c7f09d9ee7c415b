import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { expect, test } from 'vitest';
import { createDb } from './client.ts';
import { createSessionSettings } from './session-settings.ts';

const database = useTestDatabase();

async function settingsOf(names: string[], options?: string): Promise<Record<string, string>> {
  const url = new URL(database.url);
  if (options !== undefined) url.searchParams.set('options', options);
  const db = createDb({ url: url.href, poolSize: 1, applicationName: 'odd', onConnectionError: () => {} });
  try {
    const { rows } = await db.pool.query<{ name: string; setting: string }>(
      'select name, setting from pg_settings where name = any($1)',
      [names],
    );
    return Object.fromEntries(rows.map(({ name, setting }) => [name, setting]));
  } finally {
    await db.close();
  }
}

test('a session begins with the settings of the service, not of the database', async () => {
  const odd = {
    datestyle: 'SQL, DMY',
    intervalstyle: 'iso_8601',
    timezone: 'Asia/Kathmandu',
    standard_conforming_strings: 'off',
    client_encoding: 'WIN1251',
    extra_float_digits: '-15',
    default_transaction_isolation: 'serializable',
    statement_timeout: '1ms',
    lock_timeout: '1ms',
    idle_in_transaction_session_timeout: '1ms',
    idle_session_timeout: '1ms',
    search_path: 'elsewhere',
  };
  for (const [name, value] of Object.entries(odd)) {
    await database.db.pool.query(
      `do $$ begin execute format('alter database %I set ${name} = ''${value}''', current_database()); end $$`,
    );
  }
  const wanted = { ...createSessionSettings(5_000), search_path: 'public' };
  expect(await settingsOf(Object.keys(wanted))).toEqual(wanted);
});

test('the options of the URL stay, decide the search path, and nothing else that the service relies on', async () => {
  const options = '-c search_path=other,public -c work_mem=1234kB -c datestyle=German';
  expect(await settingsOf(['search_path', 'work_mem', 'DateStyle'], options)).toEqual({
    search_path: 'other,public',
    work_mem: '1234',
    DateStyle: 'ISO, MDY',
  });
});

test('a time is parsed with every date format of the database', async () => {
  const db = createDb({
    url: database.url,
    poolSize: 1,
    applicationName: 'odd',
    onConnectionError: () => {},
  });
  try {
    const { rows } = await db.pool.query(`select timestamptz '2026-11-12 10:00:00+00' as at`);
    expect(rows).toEqual([{ at: new Date('2026-11-12T10:00:00Z') }]);
  } finally {
    await db.close();
  }
});
