import { shownOf } from '@incidents/testing/telegram/fake-markup';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { DigestEntry } from '../engine/channel.ts';
import { createWording } from '../messages/wording.ts';
import { digestMessage, fitInDigest } from './digest-message.ts';
import { html, plain } from './markup.ts';

const ru = createWording({ locale: 'ru', timeZone: 'UTC' });
const en = createWording({ locale: 'en', timeZone: 'UTC' });
const publicUrl = `https://ops.example.com/${'x'.repeat(175)}`;
const linked = createWording({ locale: 'ru', timeZone: 'UTC', publicUrl });

const entries: DigestEntry[] = [
  {
    id: 7,
    text: 'Сайт <b>лежит</b>',
    status: 'новый',
    source: 'operator',
    created_at: '2025-11-08T12:00:00.000Z',
  },
  {
    id: 8,
    text: `Очередь растёт:\n  ${'слишком долго '.repeat(20)}`,
    status: 'закрыт',
    source: 'monitoring',
    created_at: '2025-11-08T12:01:59.999Z',
  },
];

test('names every incident, in Russian', () => {
  expect(digestMessage(entries, ru, html)).toBe(`🗂 <b>Новые инциденты: 2</b>

🔴 <b>№7</b> Сайт &lt;b&gt;лежит&lt;/b&gt;
новый · operator · 2025-11-08 12:00 UTC

🟢 <b>№8</b> Очередь растёт: слишком долго слишком долго слишком долго слишком долго слишком…
закрыт · monitoring · 2025-11-08 12:01 UTC`);
});

test('names every incident, in English and plain', () => {
  expect(digestMessage(entries.slice(0, 1), en, plain)).toBe(`🗂 New incidents: 1

🔴 №7 Сайт <b>лежит</b>
новый · operator · 2025-11-08 12:00 UTC`);
});

test('each number is a link where there are pages and markup', () => {
  const wording = createWording({
    locale: 'ru',
    timeZone: 'Asia/Kolkata',
    publicUrl: 'https://ops.example.com/a&b',
  });
  expect(digestMessage(entries.slice(0, 1), wording, html)).toBe(`🗂 <b>Новые инциденты: 1</b>

🔴 <b><a href="https://ops.example.com/a&amp;b/incidents/7">№7</a></b> Сайт &lt;b&gt;лежит&lt;/b&gt;
новый · operator · 2025-11-08 17:30 UTC+5:30`);
  expect(digestMessage(entries.slice(0, 1), wording, plain)).not.toContain('ops.example.com');
});

test('links take no room, and a message never has more than 100 places of markup', () => {
  const short = Array.from(
    { length: 100 },
    (_, index) => ({ ...entries[0], id: index, text: 'x' }) as DigestEntry,
  );
  const fitting = fitInDigest(short, linked, html);
  expect(fitting).toBe(fitInDigest(short, ru, html));
  const message = digestMessage(short.slice(0, fitting), linked, html);
  expect(message.match(/<(b|a )/g)?.length).toBeGreaterThan(97);
  expect(message.match(/<(b|a )/g)?.length).toBeLessThanOrEqual(100);
  expect(shownOf(message)?.length).toBeLessThanOrEqual(4096);
  // The Bot API takes no more than 32 KiB.
  expect(Buffer.byteLength(message)).toBeLessThan(20_000);
});

test('a usual message holds two dozen incidents', () => {
  const usual = Array.from(
    { length: 100 },
    (_, index) => ({ ...entries[1], id: 1000 + index }) as DigestEntry,
  );
  expect(fitInDigest(usual, ru, html)).toBe(28);
  expect(fitInDigest(usual, linked, html)).toBe(28);
});

test('as many as fit, and one more would not; everything is named and well formed', () => {
  const entry = fc.record({
    id: fc.integer({ min: 1, max: 2 ** 50 }),
    text: fc.string({
      unit: fc.constantFrom('&', '<', '>', '🔥', 'щ', ' ', '\n', 'x'),
      minLength: 1,
      maxLength: 200,
    }),
    status: fc.constantFrom('новый', 'в работе', 'закрыт') as fc.Arbitrary<DigestEntry['status']>,
    source: fc.string({ unit: fc.constantFrom('&', '🔥', 's'), minLength: 1, maxLength: 100 }),
    created_at: fc.constant('2025-11-08T12:00:00.000Z'),
  });
  fc.assert(
    fc.property(fc.array(entry, { minLength: 1, maxLength: 110 }), (many) => {
      const fitting = fitInDigest(many, ru, html);
      const message = digestMessage(many.slice(0, fitting), ru, html);
      expect(message.length).toBeLessThanOrEqual(4096);
      expect(message.isWellFormed()).toBe(true);
      const shown = shownOf(message);
      for (const { id } of many.slice(0, fitting)) expect(shown).toContain(`№${id} `);
      if (fitting < Math.min(many.length, 49)) {
        expect(digestMessage(many.slice(0, fitting + 1), ru, html).length).toBeGreaterThan(4096);
      }
    }),
    { numRuns: 200 },
  );
});

test('the longest incident fits into a digest', () => {
  const worst: DigestEntry = {
    id: Number.MAX_SAFE_INTEGER,
    text: '&'.repeat(1000),
    status: 'новый',
    source: '&'.repeat(100),
    created_at: '2025-11-08T12:00:00.000Z',
  };
  expect(fitInDigest([worst], ru, html)).toBe(1);
  expect(digestMessage([worst], ru, html).length).toBeLessThan(1000);
});
