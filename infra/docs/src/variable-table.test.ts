import { wholeNumber } from '@incidents/runtime/read-env';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { variableTable } from './variable-table.ts';

describe('variableTable', () => {
  test('shows the name, default, values with their unit and description of each variable', () => {
    const table = variableTable({
      WAIT: wholeNumber({ minimum: 1, maximum: 5000, fallback: 3 }).meta({ description: 'Time.', unit: 's' }),
      MODE: z.enum(['a', 'b']).default('a').meta({ description: 'Mode.' }),
      HOST: z.string().optional().meta({ description: 'Host.', whenUnset: 'none' }),
    });
    expect(table.split('\n').slice(2)).toEqual([
      '| `WAIT` | `3` | 1 to 5,000 s | Time. |',
      '| `MODE` | `a` | `a`, `b` | Mode. |',
      '| `HOST` | none | text | Host. |',
    ]);
  });

  test('throws for a variable without a description', () => {
    expect(() => variableTable({ HOST: z.string().default('x') })).toThrow(/HOST.*\n.*description/s);
  });

  test('throws for a variable with neither a default nor whenUnset', () => {
    const HOST = z.string().optional().meta({ description: 'Host.' });
    expect(() => variableTable({ HOST })).toThrow(/HOST has neither/);
  });
});
