import { describe, expect, test } from 'vitest';
import { formatLabels, parseLabels, parseLines } from './labels.ts';

describe('parseLabels', () => {
  test('parses the text of formatLabels', () => {
    const labels = { region: 'eu', team: 'bots', query: 'a=b', empty: '' };
    expect(parseLabels(formatLabels(labels))).toEqual({ labels });
  });

  test('ignores empty lines and white space around names and values', () => {
    expect(parseLabels('\n  region = eu \n\n')).toEqual({ labels: { region: 'eu' } });
  });

  test('keeps __proto__, so that the service can refuse it', () => {
    expect(JSON.stringify(parseLabels('__proto__=x'))).toBe('{"labels":{"__proto__":"x"}}');
  });

  test.each(['region', '=eu'])('returns the line %s, which has no name and value', (line) => {
    expect(parseLabels(`a=b\n${line}`)).toEqual({ badLine: line });
  });
});

test('parseLines leaves empty lines out', () => {
  expect(parseLines(' https://a \n\n https://b')).toEqual(['https://a', 'https://b']);
});
