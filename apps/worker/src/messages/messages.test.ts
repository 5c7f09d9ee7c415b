import type { Incident } from '@incidents/contracts';
import { describe, expect, test } from 'vitest';
import { messagesOf } from './messages.ts';
import { utcMinute } from './utc-minute.ts';

const incident: Incident = {
  id: 4711,
  text: 'Бот <b>не</b> отвечает & молчит 😀',
  description: 'Первая строка\nвторая *строка* `код`',
  status: 'в работе',
  source: 'monitoring',
  created_at: '2025-11-08T23:59:59.999Z',
};

describe.each(Object.entries(messagesOf))('in %s', (language, messages) => {
  const message = messages.newIncident(incident);

  test('the text has all of the incident, as it is', () => {
    const parts = [
      '4711',
      incident.text,
      incident.description,
      incident.status,
      incident.source,
      '2025-11-08 23:59 UTC',
    ];
    for (const part of parts) expect(message.text).toContain(part);
    expect(message.text).not.toMatch(/undefined|null|\[object/);
  });

  test('the subject has the id and the text, in one line', () => {
    expect(message.subject).toContain('4711');
    expect(message.subject).toContain(incident.text);
    expect(message.subject).not.toContain('\n');
  });

  test('the words around it are of this language', () => {
    const words = `${message.subject}\n${message.text}`;
    expect(words).toContain(language === 'ru' ? 'Новый инцидент №4711' : 'New incident #4711');
    expect(words).toContain(language === 'ru' ? 'Источник: monitoring' : 'Source: monitoring');
  });
});

test('there are the two languages of the environment', () => {
  expect(Object.keys(messagesOf)).toEqual(['ru', 'en']);
});

test('a time is read to the minute, in UTC', () => {
  expect(utcMinute('2025-11-08T12:00:00.000Z')).toBe('2025-11-08 12:00 UTC');
});
