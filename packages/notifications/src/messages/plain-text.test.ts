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
    severity: 'critical',
    bot: 'shop_bot',
    assignee: 'Анна',
    occurrences: 17,
  },
  event: { id: 1, kind: 'created', changes: {}, actor: 'anonymous' },
  previousMessageId: null,
};

describe('formatIncidentText', () => {
  test('formats a new incident in Russian', () => {
    expect(formatIncidentText(notice, ru)).toBe(`🚨 Новый инцидент №4711

Бот <b>не</b> отвечает & молчит 😀

Первая строка
вторая *строка* \`код\`

Статус: в работе
Уровень: критический
Источник: monitoring
Бот: @shop_bot
Ответственный: Анна
Случаев: 17
Создан: 2025-11-08 23:59 UTC`);
  });

  test('formats a change of status in English', () => {
    const changes = { status: { from: 'новый', to: 'в работе' } };
    const event = { id: 2, kind: 'updated', changes, actor: 'psql' } as const;
    const text = formatIncidentText({ ...notice, event }, en);
    expect(text.split('\n')[0]).toBe('🚨 Incident #4711: новый → в работе');
    expect(text).toMatch(
      /\n\nStatus: новый → в работе\nSeverity: critical\nSource: monitoring\nBot: @shop_bot\nAssignee: Анна\nOccurrences: 17\nCreated: .*\nBy: psql$/,
    );
  });

  test('names only the actor of an update without a change of status', () => {
    const event = { id: 2, kind: 'updated', changes: {}, actor: 'anonymous' } as const;
    const text = formatIncidentText({ ...notice, event }, ru);
    expect(text).toMatch(/^🚨 Инцидент №4711\n[\s\S]*\nСтатус: в работе\nУровень: [\s\S]*\nКто: аноним$/);
  });
});

describe('formatIncidentText: heading', () => {
  const heading = (
    event: Partial<IncidentNotice['event']>,
    incident: Partial<IncidentNotice['incident']> = {},
  ) =>
    [ru, en].map(
      (wording) =>
        formatIncidentText(
          { ...notice, incident: { ...notice.incident, ...incident }, event: { ...notice.event, ...event } },
          wording,
        ).split('\n')[0],
    );

  test.each([
    [2, 'раза', 'times'],
    [17, 'раз', 'times'],
    [21, 'раз', 'times'],
  ])('counts %i occurrences', (occurrences, times, englishTimes) => {
    expect(heading({ kind: 'occurred_again' }, { occurrences, severity: 'error' })).toEqual([
      `Инцидент №4711 повторился (${occurrences} ${times})`,
      `Incident #4711 occurred again (${occurrences} ${englishTimes})`,
    ]);
  });

  test('names an escalation of any severity', () => {
    expect(heading({ kind: 'escalated', actor: 'worker' }, { severity: 'info' })).toEqual([
      '🚨 Инцидент №4711 не взят в работу: эскалация',
      '🚨 Incident #4711 is not in progress yet: escalation',
    ]);
  });

  test('tells about a change of the severity', () => {
    const changes = { severity: { from: 'error', to: 'critical' } };
    expect(heading({ kind: 'updated', changes })).toEqual([
      '🚨 Инцидент №4711: ошибка → критический',
      '🚨 Incident #4711: error → critical',
    ]);
  });

  test('of an escalation comes without the name of the worker', () => {
    const event = { ...notice.event, kind: 'escalated', actor: 'worker' } as const;
    expect(formatIncidentText({ ...notice, event }, ru)).not.toContain('worker');
  });
});

describe('formatDigestText', () => {
  test('lists one incident per line', () => {
    const { text: _, ...incident } = notice.incident;
    const entries = ['первый', 'второй'].map((text, index) => ({
      ...incident,
      id: index + 1,
      text,
      kind: 'created' as const,
    }));
    expect(formatDigestText(entries, ru)).toBe(`Новые инциденты: 2

🚨 №1 · 2025-11-08 23:59 UTC · в работе · критический · monitoring · @shop_bot · Анна · ×17 · первый
🚨 №2 · 2025-11-08 23:59 UTC · в работе · критический · monitoring · @shop_bot · Анна · ×17 · второй`);
  });
});

describe('messagesByLocale', () => {
  test('has the languages of LOCALE', () => {
    expect(Object.keys(messagesByLocale)).toEqual(['ru', 'en']);
  });
});
