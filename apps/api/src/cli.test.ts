import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { finishRecipientTest } from '@incidents/db/queries/recipient-test/finish-recipient-test';
import { useTestDatabase } from '@incidents/testing/postgres/test-database';
import { runScript } from '@incidents/testing/processes/run-script';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { jobsIn } from './testing/jobs.ts';
import { bearer } from './testing/keys.ts';
import { useTestApp } from './testing/test-app.ts';

const { database, request } = useTestApp({ keys: {} });
const jobs = jobsIn(database);
const cli = (args: string[], url = database.url) =>
  runScript(new URL('./cli.ts', import.meta.url), { DATABASE_URL: url }, args).ended;

beforeEach(() => database.db.pool.query('truncate api_keys, sessions restart identity'));

describe('cli', () => {
  test('keys: creates, lists and revokes a key', async () => {
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

  test('reads DATABASE_URL from a file .env of its folder', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cli-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, '.env'), `DATABASE_URL='${database.url}'\n`);
    const listed = await runScript(new URL('./cli.ts', import.meta.url), {}, ['keys', 'list'], folder).ended;
    expect(listed).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });

  describe('notify-test', () => {
    const configure = async (...recipients: string[]) => {
      await jobs.clear();
      await database.db.pool.query('truncate recipient_tests restart identity');
      await jobs.insertPool(1, 'pool-1');
      // The lease lasts until the command has started.
      await database.db.pool.query(
        `update worker_pools set heartbeat_at = now() + interval '4 seconds', recipients = $1`,
        [
          JSON.stringify(
            recipients.map((recipient) => ({
              channel: 'email',
              transport: 'smtp',
              recipient,
              sources: null,
              severities: null,
            })),
          ),
        ],
      );
    };

    async function notifyTest(expected: number, send: (test: number) => Promise<string>) {
      const ended = cli(['notify-test']);
      while ((await jobs.ids()).length < expected) await wait(20);
      for (let id = 1; id <= expected; id++) {
        const result = await send(id).then(
          (detail) => ({ ok: true, detail }),
          (error) => ({ ok: false, detail: String(error.message) }),
        );
        await finishRecipientTest(database.db.kysely, id, result);
      }
      return ended;
    }

    test('writes a line per recipient, and exits with 0 when all messages were accepted', async () => {
      await configure('a@example.com', 'b@example.com');
      const { code, stdout } = await notifyTest(2, async () => '250 2.0.0 Ok');
      expect(code).toBe(0);
      expect(stdout).toMatch(
        /^email\ta@example\.com\tok\t\d+ ms\t250 2\.0\.0 Ok\nemail\tb@example\.com\tok\t\d+ ms\t250 2\.0\.0 Ok\n$/,
      );
    });

    test('exits with 1 when a message failed', async () => {
      await configure('a@example.com', 'b@example.com');
      const { code, stdout } = await notifyTest(2, async (id) => {
        if (id === 2) throw new Error('RCPT TO: 550\nno such user');
        return '250 Ok';
      });
      expect(code).toBe(1);
      expect(stdout.match(/\tok\t/g)).toHaveLength(1);
      expect(stdout).toMatch(/\tfailed\t\d+ ms\tRCPT TO: 550.*no such user\n/);
      expect(stdout.trim().split('\n')).toHaveLength(2);
    });

    test.each([
      [[], 'No living worker is configured'],
      [['--recipient', 'b@example.com'], 'No living worker is configured'],
      [['--channel', 'sms'], 'channel'],
      [['now'], 'now'],
    ])('%j exits with 1 without a recipient', async (args, message) => {
      await configure(...(args.length > 0 ? ['a@example.com'] : []));
      const { code, stdout, stderr } = await cli(['notify-test', ...args]);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toContain(message);
    });
  });

  describe('invalid use exits with 1 and a message', () => {
    test.each([
      [['keys'], 'keys create --name'],
      [['constructor'], 'notify-test'],
      [[], 'notify-test'],
      [['keys', 'create', '--name', 'n', '--scope', 'root'], 'scopes'],
      [
        ['keys', 'create', '--name', 'n', '--scope', 'admin', '--expires-at', '2020-01-01T00:00:00Z'],
        'expires_at',
      ],
      [['keys', 'create', '--nam', 'n'], '--nam'],
      [['keys', 'revoke', 'x'], 'keys create --name'],
      [['keys', 'revoke', '999'], 'key 999 does not exist'],
    ])('%j', async (args, message) => {
      const { code, stdout, stderr } = await cli(args);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toContain(message);
      expect(stderr).not.toMatch(/\n {4}at /);
    });

    const empty = useTestDatabase({ empty: true });
    test('for a database without schema, or an unreachable one', async () => {
      expect(await cli(['keys', 'list'], empty.url)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('migrate'),
      });
      const gone = await cli(['keys', 'list'], 'postgresql://user:canary@127.0.0.1:1/none');
      expect(gone).toMatchObject({ code: 1, stderr: expect.stringContaining('ECONNREFUSED') });
      expect(gone.stderr).not.toContain('canary');
    });
  });
});
