import { expect, test } from 'vitest';
import { createIdempotencyKeys } from './idempotency-keys.ts';

test('createIdempotencyKeys repeats the key of an equal body alone', () => {
  const headersFor = createIdempotencyKeys();
  const first = headersFor({ text: 'a' });
  expect(first['Idempotency-Key']).toMatch(/^[0-9a-f]{32}$/);
  expect(headersFor({ text: 'a' })).toEqual(first);
  expect(headersFor({ text: 'b' })).not.toEqual(first);
  expect(createIdempotencyKeys()({ text: 'a' })).not.toEqual(first);
});
