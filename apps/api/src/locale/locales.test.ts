import { CreateIncident, ListIncidentsQuery, UpdateIncident } from '@incidents/contracts';
import { describe, expect, test } from 'vitest';
import type * as z from 'zod';
import { problems } from '../http/problem.ts';
import { locales } from './locales.ts';

const refusals: [name: string, schema: z.ZodType, input: unknown][] = [
  ['required', CreateIncident, { description: 'd', source: 's' }],
  ['no string', UpdateIncident, { text: 1 }],
  ['null', UpdateIncident, { text: null }],
  ['null as a status', UpdateIncident, { status: null }],
  ['empty', UpdateIncident, { text: '' }],
  ['too long', UpdateIncident, { text: 'x'.repeat(1001) }],
  ['too many bytes', UpdateIncident, { description: 'x'.repeat(65_537) }],
  ['NUL', UpdateIncident, { text: '\u0000' }],
  ['half a pair', UpdateIncident, { text: '\ud800' }],
  ['another status', UpdateIncident, { status: 'открыт' }],
  ['no object', UpdateIncident, []],
  ['no labels', UpdateIncident, { labels: null }],
  ['a forbidden name', UpdateIncident, { labels: JSON.parse('{"__proto__":"x"}') }],
  ['a long name', UpdateIncident, { labels: { ['x'.repeat(64)]: '' } }],
  ['no number', ListIncidentsQuery, { limit: 'x' }],
  ['too small', ListIncidentsQuery, { limit: '-1' }],
  ['too great', ListIncidentsQuery, { limit: '10001' }],
];

const messageOf = (name: keyof typeof locales, schema: z.ZodType, input: unknown) => {
  const issues =
    schema.safeParse(input, { error: locales[name].validation, reportInput: true }).error?.issues ?? [];
  expect(issues).toHaveLength(1);
  return issues[0]?.message ?? '';
};

const languages = { ru: /[а-яё]{2}/i, en: /^[^а-яё]*[a-z]{2}/i };
const SPOILT = /undefined|null|NaN|\[object|\$\{|=>/;

describe('locales', () => {
  describe.each(['ru', 'en'] as const)('%s', (name) => {
    const locale = locales[name];

    test('has texts for exactly the problems', () => {
      expect(Object.keys(locale.problems).toSorted()).toEqual(Object.keys(problems).toSorted());
      for (const { title, detail } of Object.values(locale.problems)) {
        for (const text of [title, detail]) {
          expect(text).toMatch(languages[name]);
          expect(text).not.toMatch(SPOILT);
        }
      }
    });

    test.each(refusals)('has a message for %s', (_, schema, input) => {
      const message = messageOf(name, schema, input);
      // Statuses are Russian in every language.
      expect(message.replace(/новый, в работе, закрыт/, '')).toMatch(languages[name]);
      expect(message).not.toMatch(SPOILT);
    });

    test('names the exceeded limit', () => {
      const texts = refusals.map(([, schema, input]) => messageOf(name, schema, input));
      expect(texts).toEqual(
        expect.arrayContaining([
          expect.stringContaining('1000'),
          expect.stringContaining('65536'),
          expect.stringContaining('10000'),
          expect.stringMatching(/\b63\b/),
          expect.stringContaining('новый, в работе, закрыт'),
        ]),
      );
    });

    test('has texts for malformed JSON', () => {
      for (const text of [locale.malformed_json, locale.too_deep]) expect(text).toMatch(languages[name]);
    });
  });

  test('problems of the legacy service keep its details', () => {
    expect(locales.ru.problems.incident_not_found.detail).toBe('Инцидент не найден');
  });
});
