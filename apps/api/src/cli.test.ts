import { runScript } from '@incidents/db/testing/run-script';
import { useTestDatabase } from '@incidents/db/testing/test-database';
import { beforeEach, describe, expect, test } from 'vitest';
import { bearer } from './testing/keys.ts';
import { useTestApp } from './testing/test-app.ts';

const { database, request } = useTestApp({ keys: {} });
const cli = (args: string[], url = database.url) =>
  runScript(new URL('./cli.ts', import.meta.url), { DATABASE_URL: url }, args).ended;

beforeEach(() => database.db.pool.query('truncate api_keys restart identity'));

test('a key is made, is good for its scopes, is listed, and is revoked', async () => {
  const made = await cli([
    'keys',
    'create',
    '--name',
    'ops team',
    '--scope',
    'jobs:read',
    '--scope',
    'admin',
  ]);
  expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^inc_[\w-]{43}\n$/) });
  const key = made.stdout.trim();
  expect(made.stderr).toContain('ops team');
  expect((await request('/keys', { headers: bearer(key) })).status).toBe(200);

  const listed = await cli(['keys', 'list']);
  expect(listed.stdout).toMatch(/^1\tinc_.{8}…\tops team\tjobs:read,admin\tlive\tused 20.*\n$/);
  expect(listed.stdout).not.toContain(key);

  expect(await cli(['keys', 'revoke', '1'])).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('revoked'),
  });
  expect((await cli(['keys', 'list'])).stdout).toContain('\trevoked 20');
});

describe('says what is wrong, and ends with 1', () => {
  test.each([
    [['keys'], 'keys create --name'],
    [['keys', 'create', '--name', 'n', '--scope', 'root'], 'scopes'],
    [
      ['keys', 'create', '--name', 'n', '--scope', 'admin', '--expires-at', '2020-01-01T00:00:00Z'],
      'expires_at',
    ],
    [['keys', 'create', '--nam', 'n'], '--nam'],
    [['keys', 'revoke', 'x'], 'keys create --name'],
    [['keys', 'revoke', '999'], 'key 999 does not exist'],
  ])('%j', async (args, told) => {
    const { code, stdout, stderr } = await cli(args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(told);
    expect(stderr).not.toMatch(/\n {4}at /);
  });

  const empty = useTestDatabase({ empty: true });
  test('a database that was not migrated, or does not answer', async () => {
    expect(await cli(['keys', 'list'], empty.url)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('migrate'),
    });
    const gone = await cli(['keys', 'list'], 'postgresql://user:canary@127.0.0.1:1/none');
    expect(gone).toMatchObject({ code: 1, stderr: expect.stringContaining('ECONNREFUSED') });
    expect(gone.stderr).not.toContain('canary');
  });
});
