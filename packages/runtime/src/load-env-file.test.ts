import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { loadEnvFile } from './load-env-file.ts';

function load(content: string, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const folder = mkdtempSync(join(tmpdir(), 'env-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, '.env'), content);
  loadEnvFile(join(folder, '.env'), env);
  return env;
}

test('adds the variables of the file, and the environment wins, also with an empty value', () => {
  const file = "# comment\nLOCALE=en\nPORT=1\nSMTP_URL=smtp://a\nMAIL_FROM='Incidents <a@example.com>'\n";
  expect(load(file, { PORT: '2', SMTP_URL: '' })).toEqual({
    LOCALE: 'en',
    PORT: '2',
    SMTP_URL: '',
    MAIL_FROM: 'Incidents <a@example.com>',
  });
});

test('a DATABASE_URL of the environment has no DATABASE_DIRECT_URL of the file', () => {
  const file = 'DATABASE_URL=a\nDATABASE_DIRECT_URL=b\n';
  expect(load(file, { DATABASE_URL: 'c' })).toEqual({ DATABASE_URL: 'c' });
  expect(load(file, {})).toEqual({ DATABASE_URL: 'a', DATABASE_DIRECT_URL: 'b' });
});

test('a missing file adds nothing', () => {
  const env = {};
  loadEnvFile(join(tmpdir(), 'no-such-folder', '.env'), env);
  expect(env).toEqual({});
});
