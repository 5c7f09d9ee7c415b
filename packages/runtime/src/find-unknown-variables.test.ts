import { expect, test } from 'vitest';
import { findUnknownVariables } from './find-unknown-variables.ts';

const KNOWN = [
  'DATABASE_URL',
  'HOST',
  'PORT',
  'AUTH',
  'LOCALE',
  'LOG_LEVEL',
  'REDIS_URL',
  'PUBLIC_URL',
  'SMTP_URL',
  'MAIL_FROM',
  'MAIL_TO',
  'TELEGRAM_BOT_TOKEN',
  'TELEGRAM_CHAT_IDS',
  'WORKER_PORT',
];

test.each([
  ['TELEGRAM_CHAT_ID', 'TELEGRAM_CHAT_IDS'],
  ['TELEGRAM_TOKEN', 'TELEGRAM_BOT_TOKEN'],
  ['SMTP_HOST', 'SMTP_URL'],
  ['MAILTO', 'MAIL_TO'],
  ['DATABASE_HOST', 'DATABASE_URL'],
  ['REDIS_URI', 'REDIS_URL'],
  ['LOGLEVEL', 'LOG_LEVEL'],
  ['PUBLIC_URLS', 'PUBLIC_URL'],
  ['mail_to', 'MAIL_TO'],
  ['auth', 'AUTH'],
])('%s is reported with %s', (name, nearest) => {
  expect(findUnknownVariables({ [name]: 'x' }, KNOWN)).toEqual([{ name, nearest }]);
});

test('foreign variables are not reported', () => {
  const foreign = `HOME PATH PWD SHELL USER LANG LC_ALL TERM EDITOR MAIL HOSTNAME HOSTTYPE OLDPWD SHLVL TZ LOGNAME
    SSH_AUTH_SOCK XAUTHORITY PGPORT PGHOST POSTGRES_PORT POSTGRES_USER POSTGRES_DB REDIS_PORT REDIS_HOST NODE_ENV CI
    PORTS LOCAL LOCALES_DIR DISPLAY DEBUG TEST_DATABASE_URL TEST_REDIS_URL npm_package_name npm_config_loglevel
    TELEGRAM_SERVICE_HOST WORKER_SERVICE_PORT WORKER_PORT_8001_TCP_ADDR NEXT_PUBLIC_URL MY_SMTP_URL`;
  const env = Object.fromEntries(foreign.split(/\s+/).map((name) => [name, 'x']));
  expect(findUnknownVariables(env, KNOWN)).toEqual([]);
  expect(findUnknownVariables(Object.fromEntries(KNOWN.map((name) => [name, 'x'])), KNOWN)).toEqual([]);
});
