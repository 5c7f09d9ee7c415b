import { expect, test } from 'vitest';
import * as z from 'zod';
import { ConfigError, readEnv, sharedEnv, wholeNumber } from './read-env.ts';

const Env = z.object({ ...sharedEnv, COUNT: wholeNumber({ minimum: 2, maximum: 9, fallback: 5 }) });
const DATABASE_URL = 'postgresql://user:secret@host/name';

test('uses the default of an unset or empty variable', () => {
  const defaults = {
    DATABASE_URL,
    LOCALE: 'ru',
    LOG_LEVEL: 'info',
    SHUTDOWN_TIMEOUT: 10,
    ESCALATE_AFTER: {},
    COUNT: 5,
  };
  expect(readEnv(Env, { DATABASE_URL })).toEqual(defaults);
  expect(
    readEnv(Env, {
      DATABASE_URL,
      LOCALE: '',
      LOG_LEVEL: '',
      SHUTDOWN_TIMEOUT: '',
      ESCALATE_AFTER: '',
      COUNT: '',
      OTHER: 'x',
    }),
  ).toEqual(defaults);
});

test('names every bad variable in one error, without values', () => {
  const read = () =>
    readEnv(Env, {
      DATABASE_URL: 'mysql://secret',
      LOCALE: 'de',
      LOG_LEVEL: 'loud',
      SHUTDOWN_TIMEOUT: '0',
      COUNT: 'x',
    });
  expect(read).toThrow(ConfigError);
  for (const name of ['DATABASE_URL', 'LOCALE', 'LOG_LEVEL', 'SHUTDOWN_TIMEOUT', 'COUNT']) {
    expect(read).toThrow(new RegExp(`^  ${name}: .+`, 'm'));
  }
  expect(read).not.toThrow(/secret/);
});

test('describes DATABASE_URL when it is unset or empty', () => {
  for (const env of [{}, { DATABASE_URL: '' }]) {
    expect(() => readEnv(Env, env)).toThrow(
      /DATABASE_URL: .*postgresql:\/\/user:password@host:port\/database/,
    );
  }
});

test.each([
  ['postgresql://first,second/name?target_session_attrs=read-write', 'several hosts'],
  ['postgresql://user:secret@first:5432,second:5432/name', 'several hosts'],
  ['postgresql://user:secret@/name?host=first,second', 'several hosts'],
  ['postgresql://user:sec/ret@host/name', 'cannot be read'],
  ['mysql://user:secret@host/name', 'mysql:// is not PostgreSQL; .*postgresql://'],
  ['postgress://user:secret@host/name', 'postgress:// is not PostgreSQL; .*postgresql://'],
  ['secret', 'it has to begin with postgresql://'],
])('%s is refused, in both variables, and not message', (url, message) => {
  const read = () => readEnv(Env, { DATABASE_URL: url, DATABASE_DIRECT_URL: url });
  expect(read).toThrow(new RegExp(`DATABASE_URL: .*${message}`));
  expect(read).toThrow(new RegExp(`DATABASE_DIRECT_URL: .*${message}`));
  expect(read).not.toThrow(/sec/);
});

test.each([
  'postgresql://user:a,b@host/name',
  'postgresql:///name?host=/var/run/postgresql',
  'postgresql://[::1]:5432/name?options=-c%20search_path%3Da,b',
])('accepts the single host of %s', (url) => {
  expect(readEnv(Env, { DATABASE_URL: url }).DATABASE_URL).toBe(url);
});

test.each(['1', '10', '-3', '3.5', '3e0', '0x3', ' 3', '٣', 'NaN', '99999999999999999999'])(
  'refuses %s as a whole number from 2 to 9',
  (COUNT) => {
    expect(() => readEnv(Env, { DATABASE_URL, COUNT })).toThrow(/COUNT/);
  },
);

test.each([
  ['2', 2],
  ['9', 9],
  ['007', 7],
])('reads %s as %s', (COUNT, number) => {
  expect(readEnv(Env, { DATABASE_URL, COUNT }).COUNT).toBe(number);
});
