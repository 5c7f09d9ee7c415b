import { expect, test } from 'vitest';
import { toLoggableError } from './to-loggable-error.ts';

const withProperties = (message: string, properties: object, options?: ErrorOptions) =>
  Object.assign(new Error(message, options), properties);

test('keeps the known properties and the cause', () => {
  const error = withProperties(
    'no such column',
    { code: '42703', severity: 'ERROR', table: 'incidents', port: 5432 },
    { cause: new Error('because') },
  );
  expect(toLoggableError(error)).toEqual({
    type: 'Error',
    message: 'no such column: because',
    stack: expect.stringContaining('caused by: Error: because'),
    code: '42703',
    severity: 'ERROR',
    table: 'incidents',
    port: 5432,
  });
});

test.each([
  ['a command', { command: { name: 'auth', args: ['user', 'canary'] } }],
  ['settings', { config: { password: 'canary' }, connectionString: 'postgresql://user:canary@host' }],
  ['a URL', { url: 'https://host/botcanary/', input: 'canary', href: 'canary' }],
  ['headers', { headers: { authorization: 'Bearer canary' }, request: { headers: { cookie: 'canary' } } }],
  ['another error', { original: withProperties('inner', { password: 'canary' }) }],
  ['an object in a known property', { detail: { password: 'canary' }, code: ['canary'] }],
])('omits a secret in %s', (_, properties) => {
  const error = withProperties('failed', properties);
  const several = new AggregateError([error, withProperties('too', { code: 'ECONNREFUSED' })], 'both');
  const cause = new Error('outer', { cause: error });
  for (const one of [error, several, cause]) {
    expect(JSON.stringify(toLoggableError(one))).not.toContain('canary');
  }
  expect(toLoggableError(several)).toMatchObject({
    message: 'both',
    aggregateErrors: [{ message: 'failed' }, { message: 'too', code: 'ECONNREFUSED' }],
  });
});

test('omits the input of an invalid URL', () => {
  const parse = () => new URL('postgresql://user:canary@[');
  try {
    parse();
    expect.unreachable();
  } catch (error) {
    expect(JSON.stringify(toLoggableError(error))).not.toContain('canary');
    expect(toLoggableError(error)).toMatchObject({ message: 'Invalid URL', code: 'ERR_INVALID_URL' });
  }
});

test.each(['text', 7, undefined, null])('returns %j, which is no error, unchanged', (thrown) => {
  expect(toLoggableError(thrown)).toBe(thrown);
});
