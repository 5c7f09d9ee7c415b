import { parseEnv } from 'node:util';
import { wholeNumber } from '@incidents/runtime/read-env';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { envExample } from './env-example.ts';

const WAIT = wholeNumber({ minimum: 1, maximum: 9, fallback: 3 }).meta({ description: 'Time.', unit: 's' });
const HOST = z.string().optional().meta({ description: 'A `host`: [more](x.md#y).', whenUnset: 'none' });
const DELAYS = z
  .record(z.string(), z.number())
  .default({})
  .meta({ description: 'Delays.', whenUnset: 'none' });
const sections = { Both: { WAIT }, API: { HOST, WAIT, DELAYS } };

test('lists each variable once, as a comment with its default', () => {
  expect(envExample(sections).split('\n\n').slice(1)).toEqual([
    '# --- Both ---',
    '# Time.\n# Values: 1 to 9 s\n#WAIT=3',
    '# --- API ---',
    '# A host: more.\n# When unset: none\n#HOST=',
    '# Delays.\n# When unset: none\n#DELAYS=\n',
  ]);
});

test('sets nothing until its marks are removed', () => {
  expect(parseEnv(envExample(sections))).toEqual({});
  expect(parseEnv(envExample(sections).replaceAll(/^#(?=[A-Z])/gm, ''))).toEqual({
    WAIT: '3',
    HOST: '',
    DELAYS: '',
  });
});
