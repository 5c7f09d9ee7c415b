import { shownOf } from '@incidents/testing/telegram/fake-markup';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { NotifiedEvent, NotifiedIncident } from '../engine/channel.ts';
import { unreportedFields } from '../engine/testing/unreported-fields.ts';
import { messagesByLocale } from '../messages/messages-by-locale.ts';
import { createWording, type Wording } from '../messages/wording.ts';
import { formatIncidentMessage } from './format-incident-message.ts';
import { htmlMarkup, type Markup, plainMarkup } from './markup.ts';

const incident: NotifiedIncident = {
  id: 12,
  text: 'Бот не отвечает на команды',
  description: 'После обновления бот перестал реагировать на /start',
  status: 'новый',
  source: 'operator',
  created_at: '2025-11-08T12:00:00.000Z',
  ...unreportedFields,
};

const ru = createWording({ locale: 'ru', timeZone: 'UTC' });
const en = createWording({ locale: 'en', timeZone: 'UTC' });
const linked = createWording({
  locale: 'ru',
  timeZone: 'Europe/Moscow',
  publicUrl: 'https://ops.example.com/a&b',
});
const created: NotifiedEvent = { id: 1, kind: 'created', changes: {}, actor: 'anonymous' };
const changed: NotifiedEvent = {
  id: 2,
  kind: 'updated',
  changes: { status: { from: 'новый', to: 'в работе' } },
  actor: 'key:3:Иванов',
};

const write = (about: NotifiedIncident, wording: Wording, markup: Markup, event = created) =>
  formatIncidentMessage({ incident: about, event }, wording, markup);

describe('formatIncidentMessage', () => {
  test.each(['отложен', 'constructor', '__proto__', ''])(
    'shows the unknown status "%s" unchanged',
    (status) => {
      const message = write({ ...incident, status }, ru, htmlMarkup);
      expect(message).toMatch(/^⚪ <b>Инцидент №12<\/b>/);
      expect(message).toContain(`<b>Статус:</b> ${status}\n`);
    },
  );

  test('formats a new incident in Russian', () => {
    expect(write(incident, ru, htmlMarkup)).toBe(
      `🔴 <b>Новый инцидент №12</b>

Бот не отвечает на команды

<blockquote expandable>После обновления бот перестал реагировать на /start</blockquote>

<b>Статус:</b> новый
<b>Уровень:</b> ошибка
<b>Источник:</b> operator
<b>Создан:</b> 2025-11-08 12:00 UTC`,
    );
  });

  test('escapes HTML of an incident in progress, in English', () => {
    const inProgress: NotifiedIncident = {
      ...incident,
      text: 'a < b && b > c "quoted" \'once\'',
      description: '<script>alert(1)</script>\nline 2 &amp; &#39;',
      status: 'в работе',
      source: 'R&D',
    };
    expect(write(inProgress, en, htmlMarkup)).toBe(
      `🟡 <b>Incident #12</b>

a &lt; b &amp;&amp; b &gt; c "quoted" 'once'

<blockquote expandable>&lt;script&gt;alert(1)&lt;/script&gt;
line 2 &amp;amp; &amp;#39;</blockquote>

<b>Status:</b> в работе
<b>Severity:</b> error
<b>Source:</b> R&amp;D
<b>Created:</b> 2025-11-08 12:00 UTC`,
    );
  });

  test('formats a closed incident as plain text', () => {
    expect(write({ ...incident, status: 'закрыт', text: '<b>' }, ru, plainMarkup)).toBe(
      `🟢 Инцидент №12

<b>

После обновления бот перестал реагировать на /start

Статус: закрыт
Уровень: ошибка
Источник: operator
Создан: 2025-11-08 12:00 UTC`,
    );
  });

  test('formats a status of an older table', () => {
    const unknown = { ...incident, status: 'отложен' as NotifiedIncident['status'] };
    expect(write(unknown, ru, htmlMarkup)).toMatch(/^⚪ <b>Инцидент №12<\/b>[\s\S]*<\/b> отложен\n/);
  });
});

describe('formatIncidentMessage: alarms', () => {
  test('have a mark, and bot, assignee and occurrences where there are any', () => {
    const critical = {
      ...incident,
      severity: 'critical',
      bot: 'shop_bot',
      assignee: 'А<нна',
      occurrences: 17,
    };
    expect(write(critical, ru, htmlMarkup)).toMatch(/^🚨 🔴 <b>Новый инцидент №12<\/b>/);
    expect(write(critical, ru, htmlMarkup)).toContain(`<b>Уровень:</b> критический
<b>Источник:</b> operator
<b>Бот:</b> @shop_bot
<b>Ответственный:</b> А&lt;нна
<b>Случаев:</b> 17
`);
    expect(write(critical, ru, htmlMarkup, { ...created, kind: 'occurred_again' })).toMatch(
      /^🚨 🔴 <b>Инцидент №12 повторился \(17 раз\)<\/b>/,
    );
  });

  test('name an escalation until the incident is taken', () => {
    const escalated = { ...created, kind: 'escalated' as const };
    expect(write(incident, ru, htmlMarkup, escalated)).toMatch(
      /^🚨 🔴 <b>Инцидент №12 не взят в работу: эскалация<\/b>/,
    );
    expect(write({ ...incident, status: 'в работе' }, ru, htmlMarkup, escalated)).toMatch(
      /^🚨 🟡 <b>Инцидент №12<\/b>/,
    );
  });

  test('name the change of a severity while it is the last one', () => {
    const changes = { severity: { from: 'error', to: 'critical' } };
    const raised = { ...changed, changes };
    expect(write({ ...incident, severity: 'critical' }, ru, htmlMarkup, raised)).toContain(
      '\n<b>Изменение:</b> ошибка → критический · Иванов (ключ №3)',
    );
    expect(write({ ...incident, severity: 'info' }, ru, htmlMarkup, raised)).not.toContain('Изменение');
  });
});

describe('formatIncidentMessage: latest change', () => {
  const inProgress = { ...incident, status: 'в работе' };

  test('has its actor, and a link in the heading', () => {
    expect(write(inProgress, linked, htmlMarkup, changed)).toBe(
      `🟡 <b><a href="https://ops.example.com/a&amp;b/incidents/12">Инцидент №12</a></b>

Бот не отвечает на команды

<blockquote expandable>После обновления бот перестал реагировать на /start</blockquote>

<b>Статус:</b> в работе
<b>Уровень:</b> ошибка
<b>Источник:</b> operator
<b>Создан:</b> 2025-11-08 15:00 UTC+3
<b>Изменение:</b> новый → в работе · Иванов (ключ №3)`,
    );
  });

  test('is followed by the URL of the page in plain text', () => {
    expect(write(inProgress, linked, plainMarkup, { ...changed, actor: 'anonymous' })).toBe(
      `🟡 Инцидент №12

Бот не отвечает на команды

После обновления бот перестал реагировать на /start

Статус: в работе
Уровень: ошибка
Источник: operator
Создан: 2025-11-08 15:00 UTC+3
Изменение: новый → в работе · аноним

https://ops.example.com/a&b/incidents/12`,
    );
  });

  test('is omitted when the present status differs or no status changed', () => {
    const closed = { ...incident, status: 'закрыт' };
    expect(write(closed, ru, htmlMarkup, changed)).toBe(write(closed, ru, htmlMarkup));
    expect(write(inProgress, ru, htmlMarkup, { ...changed, changes: {} })).toBe(
      write(inProgress, ru, htmlMarkup),
    );
  });

  test('has an escaped and truncated actor on one line', () => {
    const actor = `key:3:<b>&\n${'🔥'.repeat(200)}`;
    const message = write(inProgress, ru, htmlMarkup, { ...changed, actor });
    expect(message).toMatch(/ · &lt;b&gt;&amp; (🔥)+…[^\n]*$/u);
    expect(shownOf(message)?.split(' · ').at(-1)?.length).toBeLessThanOrEqual(200);
    expect(message.isWellFormed()).toBe(true);
  });

  test('leaves room for text and description with the longest fields', () => {
    const worst = '&'.repeat(200);
    const event = {
      ...changed,
      changes: { status: { from: worst, to: worst } },
      actor: `key:9007199254740991:${worst}`,
    };
    const about = {
      ...incident,
      status: worst,
      severity: 'critical',
      source: worst,
      bot: 'b'.repeat(32),
      assignee: worst,
      occurrences: Number.MAX_SAFE_INTEGER,
      text: worst,
      description: worst,
    };
    const publicUrl = `https://ops.example.com/${'x'.repeat(175)}`;
    for (const markup of [htmlMarkup, plainMarkup]) {
      const message = write(
        about,
        createWording({ locale: 'ru', timeZone: 'UTC', publicUrl }),
        markup,
        event,
      );
      expect(message.length).toBeLessThanOrEqual(4096);
      const [, text, description] = (markup === htmlMarkup ? shownOf(message) : message)?.split('\n\n') ?? [];
      expect(text).toMatch(/^&{40,}…?$/);
      expect(description).toMatch(/^&{60,}…?$/);
    }
  });
});

describe('formatIncidentMessage: long incident', () => {
  test('truncates a description of 64 KiB and keeps text and fields', () => {
    const message = write({ ...incident, description: 'щ'.repeat(32_768) }, ru, htmlMarkup);
    expect(message).toHaveLength(4096);
    expect(message).toContain(`\n\n${incident.text}\n\n<blockquote expandable>щщщ`);
    expect(message).toMatch(/щ…<\/blockquote>\n\n<b>Статус:<\/b> новый\n/);
  });

  test('truncates a text whose escaping exceeds the message', () => {
    const hostile = {
      ...incident,
      text: '&'.repeat(1000),
      description: 'd'.repeat(5000),
      source: '<'.repeat(100),
    };
    const message = write(hostile, en, htmlMarkup);
    expect(message.length).toBeLessThanOrEqual(4096);
    expect(message).toMatch(/(&amp;){400,}…\n\n<blockquote expandable>d{390,}…<\/blockquote>/);
    expect(message).toContain(`<b>Source:</b> ${'&lt;'.repeat(100)}\n`);
  });

  test('keeps a text of a thousand emoji', () => {
    const text = '🔥'.repeat(1000);
    const message = write({ ...incident, text, description: '🔥'.repeat(16_000) }, ru, htmlMarkup);
    expect(message).toContain(`\n\n${text}\n\n`);
    expect(message.length).toBeLessThanOrEqual(4096);
    expect(message.isWellFormed()).toBe(true);
  });
});

const hostileText = (maxCodePoints: number) =>
  fc
    .array(
      fc.tuple(
        fc.oneof(
          fc.constantFrom(
            '&',
            '<',
            '>',
            '🔥',
            '</b>',
            '&amp;',
            '<blockquote>',
            '…',
            '👩‍🚒',
            'щ',
            '\n',
            ' ',
            'word ',
          ),
          fc.string({ unit: 'binary', minLength: 1, maxLength: 5 }),
        ),
        fc.integer({ min: 1, max: 1500 }),
      ),
      { minLength: 1, maxLength: 6 },
    )
    .map((parts) =>
      [...parts.map(([part, times]) => part.repeat(times)).join('')].slice(0, maxCodePoints).join(''),
    );

describe('formatIncidentMessage: any incident', () => {
  test('is complete, well formed and begins with text and description', () => {
    fc.assert(
      fc.property(
        hostileText(1000),
        hostileText(20_000),
        hostileText(100),
        fc.constantFrom('новый', 'в работе', 'закрыт') as fc.Arbitrary<NotifiedIncident['status']>,
        fc.constantFrom('ru', 'en'),
        (text, description, source, status, locale) => {
          const messages = messagesByLocale[locale as 'ru' | 'en'];
          const wording = locale === 'ru' ? ru : en;
          const message = write({ ...incident, text, description, source, status }, wording, htmlMarkup);
          expect(message.length).toBeLessThanOrEqual(4096);
          expect(message.isWellFormed()).toBe(true);

          // Undefined for unbalanced or unescaped markup.
          const shown = shownOf(message);
          expect(shown).toBeDefined();
          expect(shown).toContain(`\n${messages.labels.source}: ${source}\n`);
          expect(shown).toContain(`${messages.labels.status}: ${status}\n`);
          expect(shown?.endsWith(`\n${messages.labels.created}: 2025-11-08 12:00 UTC`)).toBe(true);

          const [, shownText = '', shownDescription = ''] =
            /^[^\n]*\n\n([\s\S]*)\n\n<blockquote expandable>([\s\S]*)<\/blockquote>\n\n<b>/.exec(message) ??
            [];
          expectTruncated(text, shownOf(shownText));
          expectTruncated(description, shownOf(shownDescription));

          const asPlain = write({ ...incident, text, description, source, status }, wording, plainMarkup);
          expect(asPlain.length).toBeLessThanOrEqual(4096);
        },
      ),
      { numRuns: 300 },
    );
  });
});

function expectTruncated(whole: string, shown: string | undefined) {
  if (shown === whole) return;
  expect(shown?.at(-1)).toBe('…');
  expect(whole.startsWith(shown?.slice(0, -1) ?? '?')).toBe(true);
}
