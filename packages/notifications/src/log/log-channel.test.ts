import { useTestLogger } from '@incidents/testing/test-logger';
import { describe, expect, test } from 'vitest';
import { change, entry, notice } from '../email/testing/notices.ts';
import { createWording } from '../messages/wording.ts';
import { createLogChannel } from './log-channel.ts';

const { logger, lines } = useTestLogger();
const wording = createWording({
  locale: 'ru',
  timeZone: 'Europe/Moscow',
  publicUrl: 'https://ops.example.com',
});
const channel = createLogChannel('email', wording, logger);
const signal = new AbortController().signal;

describe('createLogChannel', () => {
  test('logs a change with its actor, time zone and link', async () => {
    await channel.send(notice({ event: change({ actor: 'key:3:Иванов' }) }), signal);
    expect(lines.at(-1)).toMatchObject({
      incident_id: 12,
      subject: 'Инцидент №12: Бот не отвечает на команды',
      text: expect.stringMatching(
        /^Инцидент №12: новый → в работе\n[\s\S]*\nСоздан: 2025-11-08 15:00 UTC\+3\nКто: Иванов \(ключ №3\)\n\nhttps:\/\/ops\.example\.com\/incidents\/12$/,
      ),
    });
  });

  test('logs a digest in the time zone', async () => {
    await channel.sendDigest({ deliveryIds: [1], recipient: 'log', entries: [entry()] }, signal);
    expect(lines.at(-1)).toMatchObject({
      text: 'Новые инциденты: 1\n\n№12 · 2025-11-08 15:00 UTC+3 · новый · ошибка · operator · Бот не отвечает на команды',
    });
  });
});
