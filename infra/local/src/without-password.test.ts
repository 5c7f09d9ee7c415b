import { expect, test } from 'vitest';
import { withoutPassword } from './without-password.ts';

test.each([
  ['redis://:canary@127.0.0.1:6379/0', 'redis://:***@127.0.0.1:6379/0'],
  ['postgresql://user:canary@host/name?password=canary&a=b', 'postgresql://user:***@host/name?a=b'],
  ['redis://127.0.0.1', 'redis://127.0.0.1'],
  ['canary', 'what is not a connection string (redis://host)'],
])('%s is shown as %s', (url, shown) => {
  expect(withoutPassword(url, 'redis://host')).toBe(shown);
});
