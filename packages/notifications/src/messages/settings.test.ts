import { describe, expect, it } from 'vitest';
import type * as z from 'zod';
import { PublicUrl, TimeZone } from './settings.ts';

const listErrors = (schema: z.ZodType, value: string) =>
  schema.safeParse(value).error?.issues.map(({ message }) => message) ?? [];

describe('TimeZone', () => {
  it.each(['UTC', 'Europe/Moscow', 'America/Argentina/Buenos_Aires'])('accepts %s', (name) => {
    expect(TimeZone.parse(name)).toBe(name);
  });

  it.each(['MSK', 'Moscow', 'UTC; DROP', ' '])('refuses %j', (name) => {
    expect(listErrors(TimeZone, name)).toEqual([
      'the IANA name of a time zone is expected: UTC, Europe/Moscow, Asia/Yekaterinburg',
    ]);
  });
});

describe('PublicUrl', () => {
  it.each([
    ['https://ops.example.com', 'https://ops.example.com'],
    ['https://ops.example.com/', 'https://ops.example.com'],
    ['http://10.0.0.7:8000', 'http://10.0.0.7:8000'],
    ['https://ops.example.com/incident-service//', 'https://ops.example.com/incident-service'],
    [
      'https://пример.рф/инциденты "<>',
      'https://xn--e1afmkfd.xn--p1ai/%D0%B8%D0%BD%D1%86%D0%B8%D0%B4%D0%B5%D0%BD%D1%82%D1%8B%20%22%3C%3E',
    ],
  ])('maps %s to %s', (value, url) => {
    expect(PublicUrl.parse(value)).toBe(url);
  });

  it.each([
    'ops.example.com',
    'ftp://ops.example.com',
    'javascript:alert(1)',
    'https://',
    'https://user:secret@ops.example.com',
    'https://ops.example.com/?page=1',
    'https://ops.example.com/?',
    'https://ops.example.com/#incidents',
    `https://ops.example.com/${'x'.repeat(177)}`,
  ])('refuses %s without showing it', (value) => {
    const [error, ...more] = listErrors(PublicUrl, value);
    expect(error).toMatch(/^it has to be http:\/\/host or https:\/\/host/);
    expect(error).not.toContain('secret');
    expect(more).toEqual([]);
  });
});
