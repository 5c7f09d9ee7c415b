import { describe, expect, it } from 'vitest';
import { interpretSmtpError } from './interpret-smtp-error.ts';
import { listSecrets } from './smtp-url.ts';

describe('interpretSmtpError', () => {
  it('joins the errors of all addresses', () => {
    const refused = ['::1', '127.0.0.1'].map((address) => new Error(`connect ECONNREFUSED ${address}:25`));
    expect(interpretSmtpError(Object.assign(new AggregateError(refused), { code: 'ESOCKET' }), [])).toEqual({
      kind: 'retry',
      error: 'connect ECONNREFUSED ::1:25; connect ECONNREFUSED 127.0.0.1:25 (ESOCKET)',
    });
  });

  it('is unavailable when all addresses refuse the connection', () => {
    const refused = ['::1', '127.0.0.1'].map((address) =>
      Object.assign(new Error(`connect ECONNREFUSED ${address}:25`), { code: 'ECONNREFUSED' }),
    );
    expect(interpretSmtpError(Object.assign(new AggregateError(refused), { code: 'ESOCKET' }), []).kind).toBe(
      'unavailable',
    );
  });

  it('joins the lines of a reply', () => {
    const error = Object.assign(new Error('refused'), {
      code: 'EENVELOPE',
      command: 'RCPT TO',
      response: '550-5.1.1 No such user.\n550 5.1.1 Ask the \u001B[31mpostmaster',
      responseCode: 550,
    });
    expect(interpretSmtpError(error, [])).toEqual({
      kind: 'failed',
      error: 'RCPT TO: 550-5.1.1 No such user. 550 5.1.1 Ask the [31mpostmaster',
    });
  });

  it('retries after a reply that is no refusal', () => {
    for (const response of ['nonsense', '354 go on']) {
      const responseCode = Number.parseInt(response, 10) || undefined;
      const error = Object.assign(new Error('odd'), {
        code: 'EENVELOPE',
        command: 'RCPT TO',
        response,
        responseCode,
      });
      expect(interpretSmtpError(error, []).kind).toBe('retry');
    }
  });

  it('retries after a thrown value that is no error', () => {
    expect(interpretSmtpError('broken', [])).toEqual({ kind: 'retry', error: 'broken' });
  });

  it('removes every encoding of the credentials', () => {
    const secrets = listSecrets('smtp://robot%40example.com:p%3As@mail.example.com');
    const spellings = [
      'robot@example.com',
      'robot%40example.com',
      'p:s',
      'p%3As',
      ...['robot@example.com', 'p:s', '\0robot@example.com\0p:s'].map((text) =>
        Buffer.from(text).toString('base64'),
      ),
    ];
    expect(interpretSmtpError(new Error(`No: ${spellings.join(' ')}`), secrets)).toEqual({
      kind: 'retry',
      error: `No: ${spellings.map(() => '***').join(' ')}`,
    });
    expect(listSecrets('smtp://mail.example.com')).toEqual([]);
  });
});
