import type { IncidentNotice } from '@incidents/core/delivery/channel';
import { expect, test } from 'vitest';
import { messagesOf } from './messages-of.ts';
import { plainDigest, plainText } from './plain-text.ts';

const notice: IncidentNotice = {
  deliveryId: 7,
  recipient: 'log',
  incident: {
    id: 4711,
    text: 'Бот <b>не</b> отвечает & молчит 😀',
    description: 'Первая строка\nвторая *строка* `код`',
    status: 'в работе',
    source: 'monitoring',
    created_at: '2025-11-08T23:59:59.999Z',
  },
  event: { id: 1, kind: 'created' },
};

test('a new incident, in Russian', () => {
  expect(plainText(notice, messagesOf.ru)).toBe(`Новый инцидент №4711

Бот <b>не</b> отвечает & молчит 😀

Первая строка
вторая *строка* \`код\`

Статус: в работе
Источник: monitoring
Создан: 2025-11-08 23:59 UTC`);
});

test('a change of status, in English', () => {
  const text = plainText({ ...notice, event: { id: 2, kind: 'updated' } }, messagesOf.en);
  expect(text.split('\n')[0]).toBe('Incident #4711: new status');
  expect(text).toContain('Status: в работе\nSource: monitoring\nCreated: 2025-11-08 23:59 UTC');
});

test('a digest names every incident in a line', () => {
  const { text: _, ...incident } = notice.incident;
  const entries = ['первый', 'второй'].map((text, index) => ({ ...incident, id: index + 1, text }));
  expect(plainDigest(entries, messagesOf.ru)).toBe(`Новые инциденты: 2

№1 · 2025-11-08 23:59 UTC · в работе · monitoring · первый
№2 · 2025-11-08 23:59 UTC · в работе · monitoring · второй`);
});

test('there are the two languages of the environment', () => {
  expect(Object.keys(messagesOf)).toEqual(['ru', 'en']);
});
