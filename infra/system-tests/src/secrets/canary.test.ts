import { expect, test } from 'vitest';
import { findCanaries, makeCanary } from './canary.ts';

const canary = makeCanary('the password', 'a+/*"ä', 'user');
const { text } = canary;

test.each([
  ['as it is', text],
  ['in a URL', `smtp://user:${encodeURIComponent(text)}@host`],
  ['in JSON', JSON.stringify({ password: text })],
  ['in base64', Buffer.from(text).toString('base64')],
  ['as HTTP writes it', `Basic ${Buffer.from(`user:${text}`).toString('base64')}`],
  ['as SMTP writes it', `AUTH PLAIN ${Buffer.from(`\0user\0${text}`).toString('base64')}`],
  ['in hex', Buffer.from(text).toString('hex')],
])('finds a secret %s', (_, output) => {
  expect(findCanaries(`before ${output} after`, [canary])[0]).toContain('the password: …before ');
});

test('finds nothing in other text', () => {
  expect(findCanaries('smtp://user:***@host canary', [canary])).toEqual([]);
});
