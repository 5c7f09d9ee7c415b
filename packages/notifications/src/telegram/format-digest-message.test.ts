import { shownOf } from '@incidents/testing/telegram/fake-markup';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DigestEntry } from '../engine/channel.ts';
import { createWording } from '../messages/wording.ts';
import { countFittingEntries, formatDigestMessage } from './format-digest-message.ts';
import { htmlMarkup, plainMarkup } from './markup.ts';

const ru = createWording({ locale: 'ru', timeZone: 'UTC' });
const en = createWording({ locale: 'en', timeZone: 'UTC' });
const publicUrl = `https://ops.example.com/${'x'.repeat(175)}`;
const linked = createWording({ locale: 'ru', timeZone: 'UTC', publicUrl });

const entries: DigestEntry[] = [
  {
    id: 7,
    text: 'Сайт <b>лежит</b>',
    status: 'новый',
    severity: 'critical',
    kind: 'created',
    bot: null,
    assignee: null,
    occurrences: 1,
    source: 'operator',
    created_at: '2025-11-08T12:00:00.000Z',
  },
  {
    id: 8,
    text: `Очередь растёт:\n  ${'слишком долго '.repeat(20)}`,
    status: 'закрыт',
    severity: 'warning',
    kind: 'created',
    bot: null,
    assignee: null,
    occurrences: 1,
    source: 'monitoring',
    created_at: '2025-11-08T12:01:59.999Z',
  },
];

describe('formatDigestMessage', () => {
  test('lists every incident in Russian', () => {
    expect(formatDigestMessage(entries, ru, htmlMarkup)).toBe(`🗂 <b>Новые инциденты: 2</b>

🔴 🚨 <b>№7</b> Сайт &lt;b&gt;лежит&lt;/b&gt;
новый · критический · operator · 2025-11-08 12:00 UTC

🟢 <b>№8</b> Очередь растёт: слишком долго слишком долго слишком долго слишком долго слишком…
закрыт · предупреждение · monitoring · 2025-11-08 12:01 UTC`);
  });

  test('lists every incident in English without markup', () => {
    expect(formatDigestMessage(entries.slice(0, 1), en, plainMarkup)).toBe(`🗂 New incidents: 1

🔴 🚨 №7 Сайт <b>лежит</b>
новый · critical · operator · 2025-11-08 12:00 UTC`);
  });

  test('is not about new incidents alone when it has changes of known ones', () => {
    const known = entries.map((entry, index) => ({
      ...entry,
      kind: index > 0 ? ('created' as const) : ('updated' as const),
    }));
    expect(formatDigestMessage(known, ru, htmlMarkup)).toMatch(/^🗂 <b>Инциденты: 2<\/b>/);
    expect(formatDigestMessage(known, en, htmlMarkup)).toMatch(/^🗂 <b>Incidents: 2<\/b>/);
  });

  test('marks escalations, and names them in the heading when all entries are escalations', () => {
    const escalated = entries.slice(1).map((entry) => ({ ...entry, kind: 'escalated' as const }));
    expect(formatDigestMessage(escalated, ru, plainMarkup)).toMatch(/^🗂 Не взяты в работу: 1\n\n🟢 🚨 №8 /);
    expect(formatDigestMessage(escalated, en, plainMarkup)).toMatch(/^🗂 Not in progress yet: 1\n/);
    expect(formatDigestMessage([...escalated, ...entries], en, plainMarkup)).toMatch(/^🗂 Incidents: 3\n/);
  });

  test('shows bot, assignee and occurrences where there are any', () => {
    const [entry] = entries.slice(1);
    if (entry === undefined) throw new Error('no entry');
    const seen = { ...entry, bot: 'shop_bot', assignee: 'Анна <a>', occurrences: 12 };
    expect(formatDigestMessage([seen], ru, htmlMarkup)).toMatch(
      /\nзакрыт · предупреждение · monitoring · @shop_bot · Анна &lt;a&gt; · ×12 · 2025-11-08 12:01 UTC$/,
    );
  });

  test('links each number with PUBLIC_URL and HTML', () => {
    const wording = createWording({
      locale: 'ru',
      timeZone: 'Asia/Kolkata',
      publicUrl: 'https://ops.example.com/a&b',
    });
    expect(formatDigestMessage(entries.slice(0, 1), wording, htmlMarkup)).toBe(`🗂 <b>Новые инциденты: 1</b>

🔴 🚨 <b><a href="https://ops.example.com/a&amp;b/incidents/7">№7</a></b> Сайт &lt;b&gt;лежит&lt;/b&gt;
новый · критический · operator · 2025-11-08 17:30 UTC+5:30`);
    expect(formatDigestMessage(entries.slice(0, 1), wording, plainMarkup)).not.toContain('ops.example.com');
  });
});

describe('countFittingEntries', () => {
  test('ignores links and stays below 100 entities', () => {
    const short = Array.from(
      { length: 100 },
      (_, index) => ({ ...entries[0], id: index, text: 'x' }) as DigestEntry,
    );
    const fitting = countFittingEntries(short, linked, htmlMarkup);
    expect(fitting).toBe(countFittingEntries(short, ru, htmlMarkup));
    const message = formatDigestMessage(short.slice(0, fitting), linked, htmlMarkup);
    expect(message.match(/<(b|a )/g)?.length).toBeGreaterThan(97);
    expect(message.match(/<(b|a )/g)?.length).toBeLessThanOrEqual(100);
    expect(shownOf(message)?.length).toBeLessThanOrEqual(4096);
    // The Bot API accepts at most 32 KiB.
    expect(Buffer.byteLength(message)).toBeLessThan(20_000);
  });

  test('fits 25 usual incidents', () => {
    const usual = Array.from(
      { length: 100 },
      (_, index) => ({ ...entries[1], id: 1000 + index }) as DigestEntry,
    );
    expect(countFittingEntries(usual, ru, htmlMarkup)).toBe(25);
    expect(countFittingEntries(usual, linked, htmlMarkup)).toBe(25);
  });

  test('fits as many as possible, each complete and well formed', () => {
    const entry = fc.record({
      id: fc.integer({ min: 1, max: 2 ** 50 }),
      text: fc.string({
        unit: fc.constantFrom('&', '<', '>', '🔥', 'щ', ' ', '\n', 'x'),
        minLength: 1,
        maxLength: 200,
      }),
      status: fc.constantFrom('новый', 'в работе', 'закрыт') as fc.Arbitrary<DigestEntry['status']>,
      kind: fc.constantFrom('created', 'updated', 'escalated') as fc.Arbitrary<DigestEntry['kind']>,
      bot: fc.constantFrom(null, 'shop_bot'),
      assignee: fc.constantFrom(null, '&'.repeat(100)),
      occurrences: fc.integer({ min: 1, max: 1_000 }),
      severity: fc.constantFrom('critical', 'error', 'warning', 'info'),
      source: fc.string({ unit: fc.constantFrom('&', '🔥', 's'), minLength: 1, maxLength: 100 }),
      created_at: fc.constant('2025-11-08T12:00:00.000Z'),
    });
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1, maxLength: 110 }), (many) => {
        const fitting = countFittingEntries(many, ru, htmlMarkup);
        const message = formatDigestMessage(many.slice(0, fitting), ru, htmlMarkup);
        expect(message.length).toBeLessThanOrEqual(4096);
        expect(message.isWellFormed()).toBe(true);
        const shown = shownOf(message);
        for (const { id } of many.slice(0, fitting)) expect(shown).toContain(`№${id} `);
        if (fitting < Math.min(many.length, 49)) {
          expect(formatDigestMessage(many.slice(0, fitting + 1), ru, htmlMarkup).length).toBeGreaterThan(
            4096,
          );
        }
      }),
      { numRuns: 200 },
    );
  });

  test('fits the longest incident', () => {
    const worst: DigestEntry = {
      id: Number.MAX_SAFE_INTEGER,
      text: '&'.repeat(1000),
      status: 'новый',
      severity: 'critical',
      kind: 'created',
      bot: 'b'.repeat(32),
      assignee: '&'.repeat(100),
      occurrences: Number.MAX_SAFE_INTEGER,
      source: '&'.repeat(100),
      created_at: '2025-11-08T12:00:00.000Z',
    };
    expect(countFittingEntries([worst], ru, htmlMarkup)).toBe(1);
    expect(formatDigestMessage([worst], ru, htmlMarkup).length).toBeLessThan(1000);
  });
});
