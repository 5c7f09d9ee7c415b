import { describe, expect, test } from 'vitest';
import { replaceTables } from './replace-tables.ts';

describe('replaceTables', () => {
  test('replaces the text between the markers of each table, and nothing else', () => {
    const document = 'a\n<!-- x -->\nold\n<!-- /x -->\nb\n<!-- y --><!-- /y -->\n';
    const replaced = 'a\n<!-- x -->\n\nX\n\n<!-- /x -->\nb\n<!-- y -->\n\nY\n\n<!-- /y -->\n';
    expect(replaceTables(document, { x: 'X', y: 'Y' })).toBe(replaced);
    expect(replaceTables(replaced, { x: 'X', y: 'Y' })).toBe(replaced);
  });

  test('throws when a marker is missing', () => {
    expect(() => replaceTables('<!-- x -->', { x: '' })).toThrow(/<!-- x --> … <!-- \/x -->/);
  });
});
