import { describe, expect, test } from 'vitest';
import { createSmtpSession, parseIncidentId, type ReceivedMessage } from './message-sinks.ts';

const MAIL = [
  'EHLO bench',
  'MAIL FROM:<incidents@example.com>',
  'RCPT TO:<duty@example.com>',
  'DATA',
  'Message-ID: <incident-12.0123456789abcdef@example.com>',
  '',
  'Message-ID: <incident-13.0@example.com> in the body',
  '.',
  '',
].join('\r\n');

function session() {
  const messages: ReceivedMessage[] = [];
  return { answer: createSmtpSession((message) => messages.push(message)), messages };
}

describe('createSmtpSession', () => {
  test('accepts a mail and reads its incident and recipient', () => {
    const { answer, messages } = session();
    expect(answer(MAIL)).toMatch(/^250-.*\r\n354 .*\r\n250 Taken\r\n$/s);
    expect(messages).toEqual([{ channel: 'email', incident: 12, recipient: 'duty@example.com' }]);
  });

  test('accepts a mail one character at a time', () => {
    const { answer, messages } = session();
    for (const character of MAIL) answer(character);
    expect(messages).toEqual([{ channel: 'email', incident: 12, recipient: 'duty@example.com' }]);
  });

  test('resets recipients and incident between mails', () => {
    const { answer, messages } = session();
    answer(MAIL);
    answer('MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\nSubject: none\r\n\r\n.\r\n');
    expect(messages.at(-1)).toEqual({ channel: 'email', incident: 0, recipient: 'b@example.com' });
    expect(messages).toHaveLength(2);
  });

  test('replies 221 to QUIT', () => {
    expect(session().answer('QUIT\r\n')).toBe('221 Bye\r\n');
  });
});

test.each([
  ['<b>Новый инцидент №12</b>\nБот №3 не отвечает', 12],
  ['New incident #7', 7],
  ['Привет', 0],
])('parseIncidentId(%j) is %d', (text, incident) => {
  expect(parseIncidentId(text)).toBe(incident);
});
