import { describe, expect, test } from 'vitest';
import { parseRecipient } from './recipient.ts';

describe('parseRecipient', () => {
  test.each([
    ['12345', { chat: '12345' }],
    ['-1001234567890', { chat: '-1001234567890' }],
    ['-1001234567890:42', { chat: '-1001234567890', topic: 42 }],
    ['@channel_1', { chat: '@channel_1' }],
    ['@channel_1:7', { chat: '@channel_1', topic: 7 }],
  ])('parses %s', (recipient, parsed) => {
    expect(parseRecipient(recipient)).toEqual(parsed);
  });

  test.each([
    '',
    '0',
    '-',
    '-0',
    'channel',
    '@',
    '@a',
    '@канал',
    '12:',
    '12:0',
    '12:-1',
    '12:x',
    '1:2:3',
    ' 12',
    '1e5',
  ])('throws for %j', (recipient) => {
    expect(() => parseRecipient(recipient)).toThrow(
      `"${recipient}" is neither a chat nor chat:topic: 12345, -1001234567890, -1001234567890:42 or @channel is expected`,
    );
  });
});
