import { describe, expect, it } from 'vitest';
import type * as z from 'zod';
import { MailTo } from './email/settings.ts';
import { EscalateTo } from './escalate-to.ts';
import { TelegramChatIds } from './telegram/settings.ts';

const listErrors = (schema: z.ZodType, value: string) =>
  schema.safeParse(value).error?.issues.map(({ message }) => message) ?? [];

describe('createRecipientListSchema', () => {
  it('accepts recipients with and without a filter', () => {
    expect(
      MailTo.parse('ops@example.com, billing@example.com?source=billing&source=payments&source=billing,,'),
    ).toEqual([
      { recipient: 'ops@example.com', sources: null },
      { recipient: 'billing@example.com', sources: ['billing', 'payments'] },
    ]);
    expect(TelegramChatIds.parse('-1001234567890:42?source=monitoring,@channel?source=a@b, 7')).toEqual([
      { recipient: '-1001234567890:42', sources: ['monitoring'] },
      { recipient: '@channel', sources: ['a@b'] },
      { recipient: '7', sources: null },
    ]);
  });

  it('decodes percent-encoding and accepts a question mark before the @', () => {
    expect(MailTo.parse('a?b@example.com?source=R%26D%2C+%D1%86%D0%B5%D1%85%201%2B&source=цех 2?')).toEqual([
      { recipient: 'a?b@example.com', sources: ['R&D, цех 1+', 'цех 2?'] },
    ]);
  });

  it('accepts severities, with commas or repeated', () => {
    expect(
      MailTo.parse(
        'a@example.com?severity=critical,error, b@example.com?severity=info, warning&source=x&severity=info,c@example.com',
      ),
    ).toEqual([
      { recipient: 'a@example.com', sources: null, severities: ['critical', 'error'] },
      { recipient: 'b@example.com', sources: ['x'], severities: ['info', 'warning'] },
      { recipient: 'c@example.com', sources: null },
    ]);
    expect(TelegramChatIds.parse('7?source=x&severity=critical,8')).toEqual([
      { recipient: '7', sources: ['x'], severities: ['critical'] },
      { recipient: '8', sources: null },
    ]);
  });

  it('separates mailboxes and chats of ESCALATE_TO', () => {
    expect(
      EscalateTo.parse(
        'chief@example.com, -100123:4, 12@example.com, @channel?source=a@b, a?b@example.com, 7',
      ),
    ).toEqual({
      email: ['chief@example.com', '12@example.com', 'a?b@example.com'].map((recipient) => ({
        recipient,
        sources: null,
      })),
      telegram: [
        { recipient: '-100123:4', sources: null },
        { recipient: '@channel', sources: ['a@b'] },
        { recipient: '7', sources: null },
      ],
    });
    expect(listErrors(EscalateTo, '12:x, a b@example.com')).toEqual([
      expect.stringMatching(/^"12:x" is neither a chat nor chat:topic/),
      '"a b@example.com" is not one e-mail address',
    ]);
  });

  it.each([
    ['a@example.com?sorce=x', '"a@example.com?sorce=x": "sorce" is no filter; there is source, severity'],
    [
      'a@example.com?source=x&severity=high',
      '"high" is no severity; there is critical, error, warning, info',
    ],
    ['a@example.com,error', '"a@example.com,error" is not one e-mail address'],
    ['a@example.com?source=', '"a@example.com?source=": the source is empty'],
    ['a@example.com?source=x&source', 'the source is empty'],
    ['a@example.com?', '"a@example.com?": a filter is expected behind the "?": ?source=billing'],
    ['a@example.com,b@example.com, a@example.com', '"a@example.com": this recipient is listed twice'],
    [
      'a@example.com?source=x,a@example.com?source=y',
      '"a@example.com?source=y": this recipient is listed twice',
    ],
    ['invalid?source=x', '"invalid" is not one e-mail address'],
  ])('MAIL_TO refuses %s', (value, message) => {
    const found = listErrors(MailTo, value);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(message);
  });

  it('lists every error', () => {
    expect(listErrors(TelegramChatIds, '12:x?source=a, 7?x=1, 7, 8')).toEqual([
      expect.stringMatching(/^"12:x" is neither a chat nor chat:topic/),
      '"7?x=1": "x" is no filter; there is source, severity',
    ]);
    expect(listErrors(TelegramChatIds, ' , ')).toEqual([
      'at least one chat is expected, separated by commas',
    ]);
  });
});
