import { databaseUrl, onServer } from '@incidents/testing/postgres/template';
import { runScript } from '@incidents/testing/processes/run-script';
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import { useServiceProcesses } from './service-process.ts';

vi.setConfig({ testTimeout: 90_000 });

const start = useServiceProcesses();
const { serverUrl, template } = inject('testDatabase');
const name = `${template}_latin1`;
const env = { DATABASE_URL: databaseUrl(serverUrl, name) };

beforeAll(() =>
  onServer(serverUrl, (client) =>
    client.query(
      `create database ${name} encoding 'LATIN1' locale_provider libc locale 'C' template template0`,
    ),
  ),
);
afterAll(() => onServer(serverUrl, (client) => client.query(`drop database ${name} with (force)`)));

test.each(['api', 'worker'] as const)('the %s refuses a database that is not UTF8', async (app) => {
  const process = start(app, { ...env, PORT: '0' });
  expect((await process.ended).code).toBe(78);
  expect(process.lines.at(-1)).toMatchObject({
    level: 'fatal',
    msg: expect.stringContaining('is LATIN1; UTF8'),
  });
});

test.each([
  ['migration', 'migrate.js', [], 78],
  ['command', 'cli.js', ['keys', 'list'], 1],
])('the %s refuses such a database', async (_what, file, args, code) => {
  const script = new URL(`../../../apps/api/dist/${file}`, import.meta.url);
  const ended = await runScript(script, env, args).ended;
  expect(ended).toMatchObject({ code, stdout: '', stderr: expect.stringContaining('is LATIN1; UTF8') });
});
