import { describe, expect, it } from 'vitest';
import type * as z from 'zod';
import { extractDomain, isOneAddress } from './address.ts';
import { parseSender } from './sender.ts';
import { MailFrom, MailTo, SmtpUrl } from './settings.ts';

const listErrors = (schema: z.ZodType, value: string) =>
  schema.safeParse(value).error?.issues.map(({ message }) => message) ?? [];

describe('isOneAddress', () => {
  it.each([
    'a@example.com',
    'first.last+tag@sub.example.co',
    "o'neil_x!#$%&*/=?^`{|}~-@example.com",
    'root@localhost',
    'duty@пример.рф',
    'duty@xn--e1afmkfd.xn--p1ai',
    `${'a'.repeat(64)}@example.com`,
  ])('accepts %s', (address) => {
    expect(isOneAddress(address)).toBe(true);
  });

  it.each([
    '',
    '@',
    'a',
    'a@',
    '@example.com',
    'a@b@example.com',
    'a b@example.com',
    'a@example.com ',
    ' a@example.com',
    'a@example.com\n',
    'a@example.com\r\nBcc: evil@example.com',
    'a@example.com,b@example.com',
    'a@example.com;b@example.com',
    '<a@example.com>',
    'A <a@example.com>',
    'a@example.com>',
    'a@example.com (comment)',
    '"a b"@example.com',
    'a..b@example.com',
    '.a@example.com',
    'a.@example.com',
    'a@example..com',
    'a@.example.com',
    'a@example.com.',
    'a@-example.com',
    'a@exa_mple.com',
    'a@[127.0.0.1]',
    'дежурный@example.com',
    'a@example.com\u0000',
    'a@exam\u00ADple.com',
    'a@exam\u200Bple.com',
    'a@example\u3002com/..',
    `${'a'.repeat(65)}@example.com`,
    `a@${'a'.repeat(64)}.com`,
    `a@${'a.'.repeat(130)}com`,
  ])('refuses %j', (value) => {
    expect(isOneAddress(value)).toBe(false);
    expect(() => extractDomain(value)).toThrow(TypeError);
  });
});

describe('MailFrom', () => {
  it.each([
    ['a@example.com', '', 'a@example.com'],
    ['<a@example.com>', '', 'a@example.com'],
    ['Incidents <a@example.com>', 'Incidents', 'a@example.com'],
    ['Служба, дежурная <a@example.com>', 'Служба, дежурная', 'a@example.com'],
    ['"The \\"service\\"" <a@example.com>', 'The "service"', 'a@example.com'],
  ])('accepts %s', (value, name, address) => {
    expect(parseSender(value)).toEqual({ name, address });
    expect(listErrors(MailFrom, value)).toEqual([]);
  });

  it.each([
    'invalid',
    'A <a@example.com> <b@example.com>',
    'a@example.com, b@example.com',
    'A\r\nBcc: evil@example.com <a@example.com>',
    'A <a@example.com',
    'A a@example.com',
  ])('refuses %j', (value) => {
    expect(listErrors(MailFrom, value)).toEqual([
      'one address is expected: incidents@example.com, or Incidents <incidents@example.com>',
    ]);
  });
});

describe('MailTo', () => {
  it('accepts a list of addresses', () => {
    expect(MailTo.parse('a@example.com, b@example.com,,')).toEqual([
      { recipient: 'a@example.com', sources: null },
      { recipient: 'b@example.com', sources: null },
    ]);
  });

  it('lists every invalid address', () => {
    expect(listErrors(MailTo, 'a@example.com, invalid, B <b@example.com>')).toEqual([
      '"invalid" is not one e-mail address',
      '"B <b@example.com>" is not one e-mail address',
    ]);
    expect(listErrors(MailTo, ' , ')).toEqual(['at least one address is expected, separated by commas']);
  });
});

describe('SmtpUrl', () => {
  it.each([
    'smtp://localhost',
    'smtp://localhost:1025',
    'smtp://mail.example.com:587/',
    'smtps://user:password@mail.example.com',
    'smtps://user%40example.com:p%3A%2Fss@mail.example.com:465?requireTLS=true',
    'smtp://[::1]:25',
    'SMTP://mail.example.com',
  ])('accepts %s', (value) => {
    expect(listErrors(SmtpUrl, value)).toEqual([]);
  });

  it.each([
    'mail.example.com',
    'mail.example.com:25',
    'http://mail.example.com',
    'smtp:mail.example.com',
    'smtp://',
    'smtp://:25',
    'smtp://mail.example.com:0',
    'smtp://mail.example.com:99999',
    'smtp://mail.example.com/path',
    'smtp://user@mail.example.com',
    'smtp://:secret@mail.example.com',
    'smtp://user:100%@mail.example.com',
    'smtp://user:pass#word@mail.example.com',
  ])('refuses %s without showing it', (value) => {
    const [error, ...more] = listErrors(SmtpUrl, value);
    expect(error).toMatch(/^it has to be smtp:\/\//);
    expect(error).not.toMatch(/mail\.example|secret|pass#|100%/);
    expect(more).toEqual([]);
  });
});
