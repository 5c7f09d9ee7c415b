import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  CreateIncident,
  Incident,
  IncidentPath,
  IncidentStatus,
  ListIncidentsQuery,
  MAX_DESCRIPTION_BYTES,
  UpdateIncident,
} from './incident.ts';

const example = {
  text: 'Бот не отвечает на команды',
  description: 'После обновления бот перестал реагировать на /start',
  status: 'новый',
  source: 'operator',
};
const text = (maxLength: number) =>
  fc.string({ unit: 'grapheme', minLength: 1, maxLength }).filter((value) => !value.includes('\0'));
const anyIncident = fc.record({
  text: text(50),
  description: text(200),
  status: fc.constantFrom(...IncidentStatus.options),
  source: text(5),
});

const pathsOf = (result: { error?: { issues: { path: PropertyKey[] }[] } | undefined }) =>
  result.error?.issues.map(({ path }) => path.join('.')) ?? [];

describe('CreateIncident', () => {
  test('parses the example of the legacy service unchanged', () => {
    expect(CreateIncident.parse(example)).toEqual(example);
  });

  test('parses every storable incident unchanged', () => {
    fc.assert(
      fc.property(anyIncident, (incident) => {
        expect(CreateIncident.parse(incident)).toEqual(incident);
      }),
    );
  });

  test('defaults the status to новый', () => {
    const { status: _, ...rest } = example;
    expect(CreateIncident.parse(rest).status).toBe('новый');
    expect(CreateIncident.parse({ ...rest, status: undefined }).status).toBe('новый');
    expect(CreateIncident.safeParse({ ...rest, status: null }).success).toBe(false);
  });

  test.each(['text', 'description', 'source'] as const)('requires %s, neither null nor empty', (field) => {
    const { [field]: _, ...rest } = example;
    for (const input of [
      rest,
      { ...rest, [field]: null },
      { ...rest, [field]: '' },
      { ...rest, [field]: 1 },
    ]) {
      expect(pathsOf(CreateIncident.safeParse(input))).toEqual([field]);
    }
  });

  test.each([['Новый'], ['новый '], ['new'], [''], ['открыт'], [0], [null], [['новый']]])(
    'refuses the status %j',
    (status) => {
      expect(pathsOf(CreateIncident.safeParse({ ...example, status }))).toEqual(['status']);
    },
  );

  test('drops unknown fields', () => {
    const json = JSON.stringify({ ...example, id: 7, created_at: 'x', constructor: 1 }).replace(
      '}',
      ',"__proto__":{"status":"закрыт","admin":true}}',
    );
    const parsed = CreateIncident.parse(JSON.parse(json));
    expect(parsed).toEqual(example);
    expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
  });

  test('ignores inherited fields', () => {
    const { error } = CreateIncident.safeParse(
      JSON.parse('{"__proto__":{"text":"t","description":"d","source":"s"}}'),
    );
    expect(pathsOf({ error })).toEqual(['text', 'description', 'source']);
  });

  test.each([[null], [[]], [[example]], ['text'], [1], [true], [undefined]])('refuses %j', (input) => {
    expect(CreateIncident.safeParse(input).error?.issues).toMatchObject([
      { code: 'invalid_type', expected: 'object', path: [] },
    ]);
  });

  test('accepts a source of 1 to 100 characters', () => {
    const source = '\u{1F600}'.repeat(100);
    expect(CreateIncident.parse({ ...example, source }).source).toBe(source);
    expect(pathsOf(CreateIncident.safeParse({ ...example, source: `${source}!` }))).toEqual(['source']);
  });

  test('accepts a description of up to 64 KiB', () => {
    const description = 'я'.repeat(MAX_DESCRIPTION_BYTES / 2);
    expect(CreateIncident.parse({ ...example, description }).description).toBe(description);
    expect(pathsOf(CreateIncident.safeParse({ ...example, description: `${description}!` }))).toEqual([
      'description',
    ]);
  });
});

describe('UpdateIncident', () => {
  test('parses any subset of the fields unchanged', () => {
    fc.assert(
      fc.property(
        anyIncident,
        fc.subarray(['text', 'description', 'status', 'source'] as const),
        (incident, fields) => {
          const change = Object.fromEntries(fields.map((field) => [field, incident[field]]));
          const parsed = UpdateIncident.parse(change);
          expect(parsed).toEqual(change);
          expect(Object.keys(parsed)).toHaveLength(fields.length);
        },
      ),
    );
  });

  test.each(['text', 'description', 'status', 'source'])(
    'refuses null and the empty string as %s',
    (field) => {
      for (const value of [null, '']) {
        expect(pathsOf(UpdateIncident.safeParse({ [field]: value }))).toEqual([field]);
      }
    },
  );

  test('drops unknown fields', () => {
    expect(UpdateIncident.parse({ id: 1, created_at: null, colour: 'red' })).toEqual({});
  });

  test.each([[null], [[]], ['text'], [1], [undefined]])('refuses %j', (input) => {
    expect(UpdateIncident.safeParse(input).success).toBe(false);
  });

  test('refuses the values that CreateIncident refuses', () => {
    for (const [field, value] of [
      ['text', 'x'.repeat(1001)],
      ['text', '\0'],
      ['description', 'x'.repeat(MAX_DESCRIPTION_BYTES + 1)],
      ['description', '\ud800'],
      ['source', 'x'.repeat(101)],
      ['status', 'открыт'],
    ] as const) {
      expect(pathsOf(UpdateIncident.safeParse({ [field]: value }))).toEqual([field]);
      expect(pathsOf(CreateIncident.safeParse({ ...example, [field]: value }))).toEqual([field]);
    }
  });
});

describe('ListIncidentsQuery', () => {
  test('defaults to the first 100 without a filter', () => {
    expect(ListIncidentsQuery.parse({})).toEqual({ skip: 0, limit: 100 });
  });

  test('drops an empty status and keeps any other', () => {
    expect(ListIncidentsQuery.parse({ status: '' }).status).toBeUndefined();
    expect(ListIncidentsQuery.parse({ status: 'в работе' }).status).toBe('в работе');
    expect(ListIncidentsQuery.parse({ status: 'открыт' }).status).toBe('открыт');
    expect(ListIncidentsQuery.parse({ status: ' ' }).status).toBe(' ');
  });

  test('refuses a status that cannot be stored', () => {
    for (const status of ['\0', '\ud800']) {
      expect(pathsOf(ListIncidentsQuery.safeParse({ status }))).toEqual(['status']);
    }
  });

  test('accepts skip from 0 on and limit from 0 to 10,000', () => {
    expect(ListIncidentsQuery.parse({ skip: '10', limit: '5' })).toEqual({ skip: 10, limit: 5 });
    expect(ListIncidentsQuery.parse({ skip: '0', limit: '0' })).toEqual({ skip: 0, limit: 0 });
    expect(ListIncidentsQuery.parse({ limit: '10000' }).limit).toBe(10_000);
    expect(pathsOf(ListIncidentsQuery.safeParse({ skip: '-1', limit: '10001' }))).toEqual(['skip', 'limit']);
  });

  test('ignores unknown parameters', () => {
    expect(ListIncidentsQuery.parse({ page: '2', sort: 'id' })).toEqual({ skip: 0, limit: 100 });
  });
});

test('Incident accepts a status written by hand', () => {
  expect(Incident.shape.status.parse('отложен')).toBe('отложен');
});

test('IncidentPath parses the id', () => {
  expect(IncidentPath.parse({ id: '42' })).toEqual({ id: 42 });
  expect(pathsOf(IncidentPath.safeParse({ id: 'x' }))).toEqual(['id']);
});

describe('fields beyond those of the legacy service', () => {
  const parse = (fields: object) => CreateIncident.safeParse({ ...example, ...fields });

  test('are optional', () => {
    expect(CreateIncident.parse(example)).not.toHaveProperty('severity');
    expect(pathsOf(parse({ bot: null, assignee: null, dedup_key: null }))).toEqual([]);
  });

  test('bot loses its @ and has 5 to 32 characters', () => {
    expect(CreateIncident.parse({ ...example, bot: '@shop_bot' }).bot).toBe('shop_bot');
    for (const bot of [
      '',
      '@',
      'bot',
      '1shop_bot',
      'shop bot',
      `b${'o'.repeat(32)}`,
      '@@shop_bot',
      'магазин',
    ]) {
      expect(pathsOf(parse({ bot }))).toEqual(['bot']);
    }
  });

  test('labels are at most 20 pairs of short texts', () => {
    const pairs = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, '']));
    expect(pathsOf(parse({ labels: pairs(20) }))).toEqual([]);
    expect(pathsOf(parse({ labels: pairs(21) }))).toEqual(['labels']);
    expect(pathsOf(parse({ labels: { region: 1 } }))).toEqual(['labels.region']);
    expect(pathsOf(parse({ labels: { region: 'x'.repeat(256) } }))).toEqual(['labels.region']);
    expect(parse({ labels: { ['x'.repeat(64)]: '' } }).success).toBe(false);
    expect(pathsOf(parse({ labels: [] }))).toEqual(['labels']);
  });

  test('labels keep each name, except that __proto__ is refused', () => {
    const labels = {
      constructor: 'a',
      toString: 'b',
      hasOwnProperty: 'c',
      toJSON: 'd',
      valueOf: 'e',
      1: 'f',
    };
    expect(parse({ labels }).data?.labels).toEqual(labels);
    const proto = JSON.parse('{"region":"eu","__proto__":"x"}');
    expect(parse({ labels: proto }).error?.issues).toMatchObject([
      { code: 'invalid_key', path: ['labels', '__proto__'] },
    ]);
    expect(pathsOf(UpdateIncident.safeParse({ labels: proto }))).toEqual(['labels.__proto__']);
  });

  test('links are at most 20 addresses of pages', () => {
    expect(pathsOf(parse({ links: Array(20).fill('https://a.example/?q=1') }))).toEqual([]);
    expect(pathsOf(parse({ links: Array(21).fill('https://a.example') }))).toEqual(['links']);
    for (const link of ['javascript:alert(1)', 'ftp://a.example', 'https://a b', '', 'https://']) {
      expect(pathsOf(parse({ links: [link] }))[0]).toBe('links.0');
    }
  });

  test('a severity is one of four, a dedup_key has 1 to 255 characters', () => {
    expect(pathsOf(parse({ severity: 'high', dedup_key: '' }))).toEqual(['severity', 'dedup_key']);
    expect(pathsOf(parse({ severity: 'info', dedup_key: '😀'.repeat(255) }))).toEqual([]);
  });

  test('the filter by bot ignores the @', () => {
    expect(ListIncidentsQuery.parse({ bot: '@shop_bot', severity: '', assignee: 'Анна' })).toMatchObject({
      bot: 'shop_bot',
      severity: undefined,
      assignee: 'Анна',
    });
  });
});
