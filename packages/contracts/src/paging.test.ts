import { describe, expect, test } from 'vitest';
import { Paging } from './paging.ts';

const pathsOf = (query: object) =>
  Paging.safeParse(query).error?.issues.map(({ path }) => path.join('.')) ?? [];

describe('Paging', () => {
  test('defaults to the first 100', () => {
    expect(Paging.parse({})).toEqual({ skip: 0, limit: 100 });
    expect(Paging.parse({ skip: undefined, limit: undefined })).toEqual({ skip: 0, limit: 100 });
  });

  test('accepts skip from 0 on and limit from 0 to 100', () => {
    expect(Paging.parse({ skip: '0', limit: '0' })).toEqual({ skip: 0, limit: 0 });
    expect(Paging.parse({ skip: '9007199254740991', limit: '100' })).toEqual({
      skip: Number.MAX_SAFE_INTEGER,
      limit: 100,
    });
    expect(pathsOf({ skip: '-1', limit: '-1' })).toEqual(['skip', 'limit']);
    expect(pathsOf({ skip: '9007199254740992', limit: '101' })).toEqual(['skip', 'limit']);
  });

  test('refuses anything but whole numbers', () => {
    for (const value of ['', ' ', '1.5', '1e3', '1 0', 'x', null]) {
      expect(pathsOf({ skip: value, limit: value })).toEqual(['skip', 'limit']);
    }
  });

  test('drops other parameters', () => {
    expect(Paging.parse({ page: '2', status: 'новый' })).toEqual({ skip: 0, limit: 100 });
  });
});
