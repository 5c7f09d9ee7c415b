import { describe, expect, it } from 'vitest';
import type * as z from 'zod';
import { domainOf, isOneAddress } from './address.ts';
import { parseSender } from './sender.ts';
import { MailFrom, MailTo, SmtpUrl } from './settings.ts';

const faults = (schema: z.ZodType, value: string) =>
  schema.safeParse(value).error?.issues.map(({ message }) => message) ?? [];

describe('one address', () => {
  it.each([
    'a@example.com',
    'first.last+tag@sub.example.co',
    "o'neil_x!#$%&*/=?^`{|}~-@example.com",
    'root@localhost',
    'duty@пример.рф',
    'duty@xn--e1afmkfd.xn--p1ai',
    `${'a'.repeat(64)}@example.com`,
  ])('%s', (address) => {
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
  ])('not %j', (value) => {
    expect(isOneAddress(value)).toBe(false);
    expect(() => domainOf(value)).toThrow(TypeError);
  });
});

describe('MAIL_FROM', () => {
  it.each([
    ['a@example.com', '', 'a@example.com'],
    ['<a@example.com>', '', 'a@example.com'],
    ['Incidents <a@example.com>', 'Incidents', 'a@example.com'],
    ['Служба, дежурная <a@example.com>', 'Служба, дежурная', 'a@example.com'],
    ['"The \\"service\\"" <a@example.com>', 'The "service"', 'a@example.com'],
  ])('%s', (value, name, address) => {
    expect(parseSender(value)).toEqual({ name, address });
    expect(faults(MailFrom, value)).toEqual([]);
  });

  it.each([
    'nobody',
    'A <a@example.com> <b@example.com>',
    'a@example.com, b@example.com',
    'A\r\nBcc: evil@example.com <a@example.com>',
    'A <a@example.com',
    'A a@example.com',
  ])('not %j', (value) => {
    expect(faults(MailFrom, value)).toEqual([
      'one address is expected: incidents@example.com, or Incidents <incidents@example.com>',
    ]);
  });
});

describe('MAIL_TO', () => {
  it('is a list of addresses', () => {
    expect(MailTo.parse('a@example.com, b@example.com,,')).toEqual([
      { recipient: 'a@example.com', sources: null },
      { recipient: 'b@example.com', sources: null },
    ]);
  });

  it('names what is wrong', () => {
    expect(faults(MailTo, 'a@example.com, nobody, B <b@example.com>')).toEqual([
      '"nobody" is not one e-mail address',
      '"B <b@example.com>" is not one e-mail address',
    ]);
    expect(faults(MailTo, ' , ')).toEqual(['at least one address is expected, separated by commas']);
  });
});

describe('SMTP_URL', () => {
  it.each([
    'smtp://localhost',
    'smtp://localhost:1025',
    'smtp://mail.example.com:587/',
    'smtps://user:password@mail.example.com',
    'smtps://user%40example.com:p%3A%2Fss@mail.example.com:465?requireTLS=true',
    'smtp://[::1]:25',
    'SMTP://mail.example.com',
  ])('%s', (value) => {
    expect(faults(SmtpUrl, value)).toEqual([]);
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
  ])('not %s, without showing it', (value) => {
    const [fault, ...more] = faults(SmtpUrl, value);
    expect(fault).toMatch(/^it has to be smtp:\/\//);
    expect(fault).not.toMatch(/mail\.example|secret|pass#|100%/);
    expect(more).toEqual([]);
  });
});
