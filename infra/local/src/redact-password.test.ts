import { expect, test } from 'vitest';
import { redactPassword } from './redact-password.ts';

test.each([
  ['redis://:canary@127.0.0.1:6379/0', 'redis://:***@127.0.0.1:6379/0'],
  ['postgresql://user:canary@host/name?password=canary&a=b', 'postgresql://user:***@host/name?a=b'],
  ['redis://127.0.0.1', 'redis://127.0.0.1'],
  ['canary', 'what is not a connection string (redis://host)'],
])('redactPassword: %s becomes %s', (url, shown) => {
  expect(redactPassword(url, 'redis://host')).toBe(shown);
});
