import { expect, test } from 'vitest';
import { storableMessage } from './storable-message.ts';

test.each<[unknown, string]>([
  [new Error('as it is: ошибка 😀'), 'as it is: ошибка 😀'],
  [new Error('a\u0000b'), 'a\uFFFDb'],
  [new Error('a\uD800b\uDC00'), 'a\uFFFDb\uFFFD'],
  [new Error(''), ''],
  ['text', 'text'],
  [undefined, 'undefined'],
  [null, 'null'],
  [42, '42'],
  [Symbol('s'), 'Symbol(s)'],
  [{ toString: () => 'its own\u0000' }, 'its own\uFFFD'],
])('%s', (thrown, message) => {
  expect(storableMessage(thrown)).toBe(message);
});

test('truncates a long message between two characters', () => {
  const message = storableMessage(new Error(`x${'😀'.repeat(5_000)}`));
  expect(message.length).toBeLessThanOrEqual(2_000);
  expect(message.isWellFormed()).toBe(true);
  expect(message.startsWith('x😀😀')).toBe(true);
});

test.each([
  ['an object without a prototype', Object.create(null)],
  ['an error whose message is no text', Object.assign(new Error(), { message: 42 })],
  ['an error without a message', Object.assign(new Error(), { message: undefined })],
  [
    'an object that cannot be read',
    {
      toString() {
        throw new Error('no');
      },
    },
  ],
])('returns a message for %s', (_what, thrown) => {
  expect(storableMessage(thrown)).toMatch(/./);
});
