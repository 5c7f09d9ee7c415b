import { describe, expect, test } from 'vitest';
import { useTestApp } from '../testing/test-app.ts';
import { ignoredParameters } from './ignored-parameters.ts';

describe('ignoredParameters', () => {
  test.each<[name: string, sent: string[], expected: string | undefined]>([
    ['nothing', [], undefined],
    ['known names', ['status', 'limit'], undefined],
    ['unknown names in their order', ['pag', 'status', 'statu'], 'pag, statu'],
    ['brackets and dots, encoded', ['filter[status]', 'a.b-c'], 'filter%5Bstatus%5D, a.b-c'],
    ['Cyrillic, encoded', ['статус'], encodeURIComponent('статус')],
    [
      'no separators, line ends, quotes and spaces',
      ['a,b', 'a\r\nSet-Cookie: x', '"a"', 'a b', ''],
      undefined,
    ],
    ['no NUL and no lone surrogate', ['\0', '\ud800'], undefined],
    ['no member of a prototype as known', ['constructor'], 'constructor'],
    ['no name above 40 characters', ['a'.repeat(41), 'b'.repeat(40)], 'b'.repeat(40)],
  ])('names %s', (_, sent, expected) => {
    const queries = Object.fromEntries(sent.map((name) => [name, ['x']]));
    expect(ignoredParameters(queries, { status: 1, limit: 1 })).toBe(expected);
  });

  test.each(['a', 'ж', '𐐀'])('ends after about 500 bytes of names of %s', (letter) => {
    const names = Array.from({ length: 1000 }, (_, number) => `${letter.repeat(30)}${number}`);
    const text = ignoredParameters(Object.fromEntries(names.map((name) => [name, []]))) ?? '';
    expect(text).toMatch(/^[\w%, ]{300,510}, \.\.\.$/);
  });
});

describe('X-Ignored-Parameters', () => {
  const { request, post } = useTestApp();
  const ignoredBy = async (target: string, init?: RequestInit) => {
    const { status, headers } = await request(target, init);
    return [status, headers.get('x-ignored-parameters')];
  };

  test.each([
    ['/incidents/?statu=новый&pag=2&limit=1', 200, 'statu, pag'],
    ['/incidents/?limit=1&status=новый&skip=0', 200, null],
    ['/incidents/', 200, null],
    ['/statistics?since=2026', 200, 'since'],
    ['/incidents/1?field=text', 404, 'field'],
    ['/incidents/?statu=x&limit=-1', 422, 'statu'],
    ['/healthz?probe=1', 200, 'probe'],
  ])('%s: %i, %s', async (target, status, ignored) => {
    expect(await ignoredBy(target)).toEqual([status, ignored]);
  });

  test('also names those of a write', async () => {
    const { status, headers } = await post('/incidents/?notify=no', {
      text: 't',
      description: 'd',
      source: 's',
    });
    expect([status, headers.get('x-ignored-parameters')]).toEqual([201, 'notify']);
  });

  test('differs between requests that share a reply', async () => {
    const targets = Array.from(
      { length: 20 },
      (_, number) => `/incidents/?limit=1${number % 2 ? `&x${number}=` : ''}`,
    );
    const replies = await Promise.all(targets.map((target) => ignoredBy(target)));
    expect(replies).toEqual(targets.map((_, number) => [200, number % 2 ? `x${number}` : null]));
  });
});
