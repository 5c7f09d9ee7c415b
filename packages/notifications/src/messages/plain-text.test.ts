import { describe, expect, test } from 'vitest';
import type { IncidentNotice } from '../engine/channel.ts';
import { messagesByLocale } from './messages-by-locale.ts';
import { formatDigestText, formatIncidentText } from './plain-text.ts';
import { createWording } from './wording.ts';

const ru = createWording({ locale: 'ru', timeZone: 'UTC' });
const en = createWording({ locale: 'en', timeZone: 'UTC' });

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
  event: { id: 1, kind: 'created', changes: {}, actor: 'anonymous' },
  previousMessageId: null,
};

describe('formatIncidentText', () => {
  test('formats a new incident in Russian', () => {
    expect(formatIncidentText(notice, ru)).toBe(`Новый инцидент №4711

Бот <b>не</b> отвечает & молчит 😀

Первая строка
вторая *строка* \`код\`

Статус: в работе
Источник: monitoring
Создан: 2025-11-08 23:59 UTC`);
  });

  test('formats a change of status in English', () => {
    const changes = { status: { from: 'новый', to: 'в работе' } };
    const event = { id: 2, kind: 'updated', changes, actor: 'psql' } as const;
    const text = formatIncidentText({ ...notice, event }, en);
    expect(text.split('\n')[0]).toBe('Incident #4711: новый → в работе');
    expect(text).toMatch(/\n\nStatus: новый → в работе\nSource: monitoring\nCreated: .*\nBy: psql$/);
  });

  test('names only the actor of an update without a change of status', () => {
    const event = { id: 2, kind: 'updated', changes: {}, actor: 'anonymous' } as const;
    const text = formatIncidentText({ ...notice, event }, ru);
    expect(text).toMatch(/^Инцидент №4711\n[\s\S]*\nСтатус: в работе\nИсточник: [\s\S]*\nКто: аноним$/);
  });
});

describe('formatDigestText', () => {
  test('lists one incident per line', () => {
    const { text: _, ...incident } = notice.incident;
    const entries = ['первый', 'второй'].map((text, index) => ({ ...incident, id: index + 1, text }));
    expect(formatDigestText(entries, ru)).toBe(`Новые инциденты: 2

№1 · 2025-11-08 23:59 UTC · в работе · monitoring · первый
№2 · 2025-11-08 23:59 UTC · в работе · monitoring · второй`);
  });
});

describe('messagesByLocale', () => {
  test('has the languages of LOCALE', () => {
    expect(Object.keys(messagesByLocale)).toEqual(['ru', 'en']);
  });
});
