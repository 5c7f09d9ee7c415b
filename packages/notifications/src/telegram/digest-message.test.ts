import type { DigestEntry } from '@incidents/core/delivery/channel';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { messagesOf } from '../messages/messages-of.ts';
import { digestMessage, fitInDigest } from './digest-message.ts';
import { html, plain } from './markup.ts';
import { shownOf } from './testing/fake-markup.ts';

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
  expect(digestMessage(entries, messagesOf.ru, html)).toBe(`🗂 <b>Новые инциденты: 2</b>

🔴 <b>№7</b> Сайт &lt;b&gt;лежит&lt;/b&gt;
новый · operator · 2025-11-08 12:00 UTC

🟢 <b>№8</b> Очередь растёт: слишком долго слишком долго слишком долго слишком долго слишком…
закрыт · monitoring · 2025-11-08 12:01 UTC`);
});

test('names every incident, in English and plain', () => {
  expect(digestMessage(entries.slice(0, 1), messagesOf.en, plain)).toBe(`🗂 New incidents: 1

🔴 №7 Сайт <b>лежит</b>
новый · operator · 2025-11-08 12:00 UTC`);
});

test('a usual message holds two dozen incidents', () => {
  const usual = Array.from(
    { length: 100 },
    (_, index) => ({ ...entries[1], id: 1000 + index }) as DigestEntry,
  );
  expect(fitInDigest(usual, messagesOf.ru, html)).toBe(28);
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
      const fitting = fitInDigest(many, messagesOf.ru, html);
      const message = digestMessage(many.slice(0, fitting), messagesOf.ru, html);
      expect(message.length).toBeLessThanOrEqual(4096);
      expect(message.isWellFormed()).toBe(true);
      const shown = shownOf(message);
      for (const { id } of many.slice(0, fitting)) expect(shown).toContain(`№${id} `);
      if (fitting < Math.min(many.length, 99)) {
        expect(digestMessage(many.slice(0, fitting + 1), messagesOf.ru, html).length).toBeGreaterThan(4096);
      }
    }),
    { numRuns: 200 },
  );
});

test('one incident always fits, whatever it says; none is told of a message of its own', () => {
  const worst: DigestEntry = {
    id: Number.MAX_SAFE_INTEGER,
    text: '&'.repeat(1000),
    status: 'новый',
    source: '&'.repeat(100),
    created_at: '2025-11-08T12:00:00.000Z',
  };
  expect(fitInDigest([worst], messagesOf.ru, html)).toBe(1);
  expect(digestMessage([worst], messagesOf.ru, html).length).toBeLessThan(1000);
});
