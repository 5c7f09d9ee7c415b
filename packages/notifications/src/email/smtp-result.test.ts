import { expect, it } from 'vitest';
import { smtpResult } from './smtp-result.ts';
import { secretsOf } from './smtp-url.ts';

it('an error that stands for one of each address says all of them', () => {
  const refused = ['::1', '127.0.0.1'].map((address) => new Error(`connect ECONNREFUSED ${address}:25`));
  expect(smtpResult(Object.assign(new AggregateError(refused), { code: 'ESOCKET' }), [])).toEqual({
    kind: 'retry',
    error: 'connect ECONNREFUSED ::1:25; connect ECONNREFUSED 127.0.0.1:25 (ESOCKET)',
  });
});

it('a server that takes no connection is unavailable, at whichever address', () => {
  const refused = ['::1', '127.0.0.1'].map((address) =>
    Object.assign(new Error(`connect ECONNREFUSED ${address}:25`), { code: 'ECONNREFUSED' }),
  );
  expect(smtpResult(Object.assign(new AggregateError(refused), { code: 'ESOCKET' }), []).kind).toBe(
    'unavailable',
  );
});

it('a reply of several lines becomes one', () => {
  const error = Object.assign(new Error('refused'), {
    code: 'EENVELOPE',
    command: 'RCPT TO',
    response: '550-5.1.1 No such user.\n550 5.1.1 Ask the \u001B[31mpostmaster',
    responseCode: 550,
  });
  expect(smtpResult(error, [])).toEqual({
    kind: 'failed',
    error: 'RCPT TO: 550-5.1.1 No such user. 550 5.1.1 Ask the [31mpostmaster',
  });
});

it('a reply that makes no sense is no refusal', () => {
  for (const response of ['nonsense', '354 go on']) {
    const responseCode = Number.parseInt(response, 10) || undefined;
    const error = Object.assign(new Error('odd'), {
      code: 'EENVELOPE',
      command: 'RCPT TO',
      response,
      responseCode,
    });
    expect(smtpResult(error, []).kind).toBe('retry');
  }
});

it('what is thrown and no error is told all the same', () => {
  expect(smtpResult('broken', [])).toEqual({ kind: 'retry', error: 'broken' });
});

it('no spelling of the credentials is shown', () => {
  const secrets = secretsOf('smtp://robot%40example.com:p%3As@mail.example.com');
  const spellings = [
    'robot@example.com',
    'robot%40example.com',
    'p:s',
    'p%3As',
    ...['robot@example.com', 'p:s', '\0robot@example.com\0p:s'].map((text) =>
      Buffer.from(text).toString('base64'),
    ),
  ];
  expect(smtpResult(new Error(`No: ${spellings.join(' ')}`), secrets)).toEqual({
    kind: 'retry',
    error: `No: ${spellings.map(() => '***').join(' ')}`,
  });
  expect(secretsOf('smtp://mail.example.com')).toEqual([]);
});
