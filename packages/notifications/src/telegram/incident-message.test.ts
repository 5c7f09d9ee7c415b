import type { Incident } from '@incidents/contracts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { messagesOf } from '../messages/messages-of.ts';
import { incidentMessage } from './incident-message.ts';
import { html, plain } from './markup.ts';
import { shownOf } from './testing/fake-markup.ts';

const incident: Incident = {
  id: 12,
  text: 'Бот не отвечает на команды',
  description: 'После обновления бот перестал реагировать на /start',
  status: 'новый',
  source: 'operator',
  created_at: '2025-11-08T12:00:00.000Z',
};

describe('as it is seen', () => {
  test.each(['отложен', 'constructor', '__proto__', ''])('the status "%s" is shown as it is', (status) => {
    const message = incidentMessage({ ...incident, status }, messagesOf.ru, html);
    expect(message).toMatch(/^⚪ <b>Инцидент №12<\/b>/);
    expect(message).toContain(`<b>Статус:</b> ${status}\n`);
  });

  test('a new incident, in Russian', () => {
    expect(incidentMessage(incident, messagesOf.ru, html)).toBe(
      `🔴 <b>Новый инцидент №12</b>

Бот не отвечает на команды

<blockquote expandable>После обновления бот перестал реагировать на /start</blockquote>

<b>Статус:</b> новый
<b>Источник:</b> operator
<b>Создан:</b> 2025-11-08 12:00 UTC`,
    );
  });

  test('one in progress, in English, with what HTML needs escaped', () => {
    const changed: Incident = {
      ...incident,
      text: 'a < b && b > c "quoted" \'once\'',
      description: '<script>alert(1)</script>\nline 2 &amp; &#39;',
      status: 'в работе',
      source: 'R&D',
    };
    expect(incidentMessage(changed, messagesOf.en, html)).toBe(
      `🟡 <b>Incident #12</b>

a &lt; b &amp;&amp; b &gt; c "quoted" 'once'

<blockquote expandable>&lt;script&gt;alert(1)&lt;/script&gt;
line 2 &amp;amp; &amp;#39;</blockquote>

<b>Status:</b> в работе
<b>Source:</b> R&amp;D
<b>Created:</b> 2025-11-08 12:00 UTC`,
    );
  });

  test('a closed one, as plain text', () => {
    expect(incidentMessage({ ...incident, status: 'закрыт', text: '<b>' }, messagesOf.ru, plain)).toBe(
      `🟢 Инцидент №12

<b>

После обновления бот перестал реагировать на /start

Статус: закрыт
Источник: operator
Создан: 2025-11-08 12:00 UTC`,
    );
  });

  test('a status that only an older table knows', () => {
    const unknown = { ...incident, status: 'отложен' as Incident['status'] };
    expect(incidentMessage(unknown, messagesOf.ru, html)).toMatch(
      /^⚪ <b>Инцидент №12<\/b>[\s\S]*<\/b> отложен\n/,
    );
  });
});

describe('what is too long', () => {
  test('a description of 64 KiB is cut, the text and the fields stay', () => {
    const message = incidentMessage({ ...incident, description: 'щ'.repeat(32_768) }, messagesOf.ru, html);
    expect(message).toHaveLength(4096);
    expect(message).toContain(`\n\n${incident.text}\n\n<blockquote expandable>щщщ`);
    expect(message).toMatch(/щ…<\/blockquote>\n\n<b>Статус:<\/b> новый\n/);
  });

  test('a text that grows beyond the message by being escaped leaves room for the description', () => {
    const hostile = {
      ...incident,
      text: '&'.repeat(1000),
      description: 'd'.repeat(5000),
      source: '<'.repeat(100),
    };
    const message = incidentMessage(hostile, messagesOf.en, html);
    expect(message.length).toBeLessThanOrEqual(4096);
    expect(message).toMatch(/(&amp;){400,}…\n\n<blockquote expandable>d{390,}…<\/blockquote>/);
    expect(message).toContain(`<b>Source:</b> ${'&lt;'.repeat(100)}\n`);
  });

  test('a text of a thousand emoji is shown whole', () => {
    const text = '🔥'.repeat(1000);
    const message = incidentMessage(
      { ...incident, text, description: '🔥'.repeat(16_000) },
      messagesOf.ru,
      html,
    );
    expect(message).toContain(`\n\n${text}\n\n`);
    expect(message.length).toBeLessThanOrEqual(4096);
    expect(message.isWellFormed()).toBe(true);
  });
});

/** Strings that are long, full of what is escaped, and full of surrogate pairs. */
const hostileText = (most: number) =>
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
    .map((parts) => [...parts.map(([part, times]) => part.repeat(times)).join('')].slice(0, most).join(''));

test('whatever the incident says, the message is whole, well formed and says the beginning of it', () => {
  fc.assert(
    fc.property(
      hostileText(1000),
      hostileText(20_000),
      hostileText(100),
      fc.constantFrom('новый', 'в работе', 'закрыт') as fc.Arbitrary<Incident['status']>,
      fc.constantFrom('ru', 'en'),
      (text, description, source, status, locale) => {
        const messages = messagesOf[locale as 'ru' | 'en'];
        const message = incidentMessage({ ...incident, text, description, source, status }, messages, html);
        expect(message.length).toBeLessThanOrEqual(4096);
        expect(message.isWellFormed()).toBe(true);

        // Balanced, and escaped where it is not a tag.
        const shown = shownOf(message);
        expect(shown).toBeDefined();
        expect(shown).toContain(`\n${messages.labels.source}: ${source}\n`);
        expect(shown).toContain(`${messages.labels.status}: ${status}\n`);
        expect(shown?.endsWith(`\n${messages.labels.created}: 2025-11-08 12:00 UTC`)).toBe(true);

        const [, writtenText = '', writtenDescription = ''] =
          /^[^\n]*\n\n([\s\S]*)\n\n<blockquote expandable>([\s\S]*)<\/blockquote>\n\n<b>/.exec(message) ?? [];
        expectBeginningOf(text, shownOf(writtenText));
        expectBeginningOf(description, shownOf(writtenDescription));

        const asPlain = incidentMessage({ ...incident, text, description, source, status }, messages, plain);
        expect(asPlain.length).toBeLessThanOrEqual(4096);
      },
    ),
    { numRuns: 300 },
  );
});

function expectBeginningOf(whole: string, shown: string | undefined) {
  if (shown === whole) return;
  expect(shown?.at(-1)).toBe('…');
  expect(whole.startsWith(shown?.slice(0, -1) ?? '?')).toBe(true);
}
