import fc from 'fast-check';
import type { Schema } from './operations.ts';
import { hostileText, storableText } from './text.ts';

export type AddressPart = { text: string } | { known: number };

const encodings = [
  '%00',
  '%ff',
  '%FE%FF',
  '%',
  '%z',
  '%ZZ',
  '%C0%80',
  '%C0%AE%C0%AE',
  '%E0%80%AF',
  '%ED%A0%80',
  '%F4%90%80%80',
  '%F0%9F%98%80',
  '%D0',
  '%2525',
  '%2F',
  '%2e%2e%2f',
  '%5C',
  '%0d%0aX-Injected:%20yes',
  '%u0041',
  '+',
  '1+1',
  '1;2',
  '1,2',
  '*',
  '..',
  '.',
  '1/2',
  '%20',
  '-',
  '00000000001',
  '1?skip=1',
  '1#2',
];

/** Values that the schema allows. Nine of ten ids are known ones. */
export function validParameter(schema: Schema, options: { isId: boolean }): fc.Arbitrary<AddressPart> {
  if (options.isId && schema.type === 'integer') {
    return fc.oneof(
      { arbitrary: fc.nat(10_000).map((known) => ({ known })), weight: 9 },
      { arbitrary: integers(schema), weight: 1 },
    );
  }
  if (options.isId) return fc.constant({ text: encode(String(schema.example)) });
  if (schema.enum !== undefined)
    return fc.constantFrom(...schema.enum.map(String)).map((value) => ({ text: encode(value) }));
  if (schema.type === 'integer') return integers(schema);
  if (schema.format === 'date-time') return times;
  return fc
    .oneof(fc.constant(String(schema.example)), storableText(schema.minLength ?? 0, schema.maxLength ?? 200))
    .map((value) => ({ text: encode(value) }));
}

/** Of every year that ISO 8601 can name. */
const times: fc.Arbitrary<AddressPart> = fc
  .date({ min: new Date('0000-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true })
  .map((date) => ({ text: encode(date.toISOString()) }));

export const hostileParameter: fc.Arbitrary<AddressPart> = fc
  .oneof(
    { arbitrary: fc.constantFrom(...encodings), weight: 3 },
    { arbitrary: hostileText.map(encode), weight: 3 },
    {
      arbitrary: fc
        .array(fc.constantFrom(...encodings, '1', 'a'), { maxLength: 5 })
        .map((parts) => parts.join('')),
      weight: 2,
    },
    { arbitrary: fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(String), weight: 1 },
    { arbitrary: fc.uint8Array({ maxLength: 12 }).map(encodeBytes), weight: 1 },
    { arbitrary: fc.integer({ min: 100, max: 4_000 }).map((length) => 'x'.repeat(length)), weight: 1 },
  )
  .map((text) => ({ text }));

/** Mostly small: a page of thousands takes a second. */
const integers = ({ minimum = 0, maximum = Number.MAX_SAFE_INTEGER }: Schema): fc.Arbitrary<AddressPart> =>
  fc
    .oneof(
      { arbitrary: fc.integer({ min: minimum, max: Math.min(maximum, minimum + 20) }), weight: 90 },
      {
        arbitrary: fc
          .maxSafeInteger()
          .map((number) => minimum + (Math.abs(number) % (maximum - minimum + 1))),
        weight: 2,
      },
      { arbitrary: fc.constantFrom(minimum, maximum), weight: 2 },
    )
    .map((number) => ({ text: String(number) }));

/** Percent-encoded UTF-8; lone surrogates become replacement characters. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

function encodeBytes(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
}
