import { describe, expect, test } from 'vitest';
import { describeActor } from './describe-actor.ts';
import { messagesByLocale } from './messages-by-locale.ts';

describe('describeActor', () => {
  test.each([
    ['anonymous', 'аноним', 'anonymous'],
    ['key:ADMIN_API_KEY', 'ключ администратора', 'administrator key'],
    ['key:3:мониторинг', 'мониторинг (ключ №3)', 'мониторинг (key #3)'],
    ['key:4:ADMIN_API_KEY', 'ADMIN_API_KEY (ключ №4)', 'ADMIN_API_KEY (key #4)'],
    ['key:5:a:b\nc', 'a:b c (ключ №5)', 'a:b c (key #5)'],
    ['key:x', 'key:x', 'key:x'],
    ['psql\n by  hand', 'psql by hand', 'psql by hand'],
    ['__proto__', '__proto__', '__proto__'],
  ])('%j is %s, %s', (actor, ru, en) => {
    expect(describeActor(actor, messagesByLocale.ru)).toBe(ru);
    expect(describeActor(actor, messagesByLocale.en)).toBe(en);
  });

  test('truncates names of more than 120 characters', () => {
    const name = 'й'.repeat(100);
    expect(describeActor(`key:6:${name}`, messagesByLocale.ru)).toBe(`${name} (ключ №6)`);
    expect(describeActor('x'.repeat(10_000), messagesByLocale.ru)).toBe(`${'x'.repeat(119)}…`);
  });
});
