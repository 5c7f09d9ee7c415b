import fc from 'fast-check';
import type { Schema } from './operations.ts';
import { hostileText, storableText } from './text.ts';

export interface Body {
  /** Latin-1, one character a byte. */
  bytes: string;
  /** None: no such header. */
  contentType: string | undefined;
  chunked: boolean;
}

const contentTypes = [
  '',
  'json',
  'text/plain',
  'text/plain;charset=UTF-8',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/merge-patch+json',
  'application/json, text/plain',
  'application/json; charset=utf-16',
  'APPLICATION/JSON;;;',
  '\xff/\xff',
];

type Fields = Record<string, unknown>;

export function validBody(schema: Schema): fc.Arbitrary<Body> {
  if (schema.oneOf) return fc.oneof(...schema.oneOf.map(validBody));
  return fc
    .tuple(
      validFields(schema),
      writing,
      fc.constantFrom('application/json', 'application/json; charset=utf-8'),
      fc.boolean(),
    )
    .map(([fields, write, contentType, chunked]) => ({ bytes: utf8(write(fields)), contentType, chunked }));
}

export function hostileBody(schema: Schema): fc.Arbitrary<Body> {
  if (schema.oneOf) return fc.oneof(...schema.oneOf.map(hostileBody));
  const mutated = fc
    .tuple(validFields(schema), fc.array(mutation(schema), { minLength: 1, maxLength: 3 }), writing)
    .map(([fields, mutations, write]) =>
      utf8(write(mutations.reduce((given, mutate) => mutate(given), fields))),
    );
  const whole = validFields(schema).map((fields) => utf8(JSON.stringify(fields)));
  const bytes = fc.oneof(
    { arbitrary: mutated, weight: 10 },
    { arbitrary: fc.json({ maxDepth: 4 }).map(utf8), weight: 2 },
    {
      arbitrary: fc
        .tuple(whole, fc.array(damage, { minLength: 1, maxLength: 3 }))
        .map(([text, damages]) => damages.reduce((given, damaged) => damaged(given), text)),
      weight: 6,
    },
    {
      arbitrary: fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array).toString('latin1')),
      weight: 1,
    },
    { arbitrary: fc.constantFrom(...strange), weight: 2 },
  );
  return fc.record({
    bytes,
    contentType: fc.oneof(
      { arbitrary: fc.constant('application/json'), weight: 12 },
      { arbitrary: fc.constantFrom(...contentTypes), weight: 1 },
    ),
    chunked: fc.boolean(),
  });
}

export const needlessBody: fc.Arbitrary<Body | undefined> = fc.option(
  fc.record({
    bytes: fc.constantFrom('', '{}', '{"id":1}', 'x'.repeat(3_000), '\xff\x00'),
    contentType: fc.constantFrom(undefined, ...contentTypes),
    chunked: fc.boolean(),
  }),
  { nil: undefined, freq: 3 },
);

function validFields(schema: Schema): fc.Arbitrary<Fields> {
  const properties = Object.entries(schema.properties ?? {});
  const values = properties.map(([name, property]) => [name, validValue(property)] as const);
  return fc.record(Object.fromEntries(values), { requiredKeys: schema.required ?? [] });
}

function validValue(schema: Schema): fc.Arbitrary<unknown> {
  const { type, minimum = -1_000, maximum = 1_000 } = schema;
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (Array.isArray(type)) return fc.oneof(...type.map((one) => validValue({ ...schema, type: one })));
  switch (type) {
    case 'string':
      if (schema.format === 'date-time') return laterTime;
      if (schema.pattern !== undefined) return matchingText(schema.pattern, schema.maxLength);
      return storableText(schema.minLength ?? 0, schema.maxLength ?? 1_000);
    case 'integer':
      return fc.integer({ min: minimum, max: Math.min(maximum, 2 ** 31 - 1) });
    case 'number':
      return fc.double({ min: minimum, max: maximum, noNaN: true });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'array':
      return fc.uniqueArray(validValue(schema.items ?? {}), {
        minLength: schema.minItems ?? 0,
        maxLength: schema.maxItems ?? 5,
        selector: (value) => JSON.stringify(value),
      });
    case 'object':
      return schema.additionalProperties
        ? validMap(schema, schema.additionalProperties)
        : validFields(schema);
    default:
      throw new Error(`the fuzzer does not know values of this kind: ${JSON.stringify(schema)}`);
  }
}

/** The document gives no limits of the names; these are allowed. */
const anyName: Schema = { minLength: 1, maxLength: 60 };

function validMap({ propertyNames = anyName, maxProperties = 5 }: Schema, value: Schema) {
  const name = storableText(propertyNames.minLength ?? 0, propertyNames.maxLength ?? 60)
    // Zod leaves out a value of this name.
    .filter((text) => text !== '__proto__');
  return fc.dictionary(name, validValue(value), { maxKeys: maxProperties, noNullPrototype: true });
}

const matchingText = (pattern: string, maxLength = 1_000) =>
  fc.stringMatching(new RegExp(pattern)).filter((text) => isStorable(text) && text.length <= maxLength);

const isStorable = (text: string) => text.isWellFormed() && !text.includes('\0');

/** Future times, as requests require. */
const laterTime = fc
  .date({ min: new Date('2080-01-01T00:00:00Z'), max: new Date('2090-01-01T00:00:00Z'), noInvalidDate: true })
  .map((date) => date.toISOString());

const mutation = (schema: Schema): fc.Arbitrary<(fields: Fields) => Fields> => {
  const names = Object.keys(schema.properties ?? {});
  const name = fc.oneof(
    { arbitrary: fc.constantFrom(...names), weight: 6 },
    { arbitrary: hostileText, weight: 1 },
    { arbitrary: fc.constantFrom('id', 'created_at', '__proto__', 'constructor', 'toString'), weight: 1 },
  );
  const value = fc.oneof(
    { arbitrary: hostileText, weight: 6 },
    { arbitrary: fc.jsonValue({ maxDepth: 3 }), weight: 3 },
    {
      arbitrary: fc.constantFrom('я'.repeat(32_768), `${'я'.repeat(32_768)}a`, 'x'.repeat(65_536)),
      weight: 1,
    },
    { arbitrary: fc.constant(undefined), weight: 2 },
  );
  return fc.tuple(name, value).map(([changed, to]) => (fields) => {
    const others = Object.entries(fields).filter(([key]) => key !== changed);
    // Not an assignment: that would set the prototype instead of a key of this name.
    return Object.fromEntries(to === undefined ? others : [...others, [changed, to]]);
  });
};

const writing: fc.Arbitrary<(fields: Fields) => string> = fc.constantFrom(
  (fields: Fields) => JSON.stringify(fields),
  (fields: Fields) => JSON.stringify(fields),
  (fields: Fields) => JSON.stringify(fields, null, '\t'),
  (fields: Fields) => escaped(JSON.stringify(fields)),
  (fields: Fields) => `\ufeff\r\n ${JSON.stringify(fields)} \n`,
  (fields: Fields) => JSON.stringify(Object.fromEntries(Object.entries(fields).reverse())),
  // The same key twice: the last one counts.
  (fields: Fields) =>
    JSON.stringify(fields)
      .replace(/^\{(?=.)/, '{"text":"of no account",')
      .replace(/,\}$/, '}'),
);

const damage: fc.Arbitrary<(bytes: string) => string> = fc
  .tuple(
    fc.constantFrom('cut', 'insert', 'replace', 'remove', 'repeat'),
    fc.nat(),
    fc.integer({ min: 0, max: 255 }),
  )
  .map(([kind, position, byte]) => (bytes) => {
    const at = position % (bytes.length + 1);
    const character = String.fromCharCode(byte);
    if (kind === 'cut') return bytes.slice(0, at);
    if (kind === 'insert') return bytes.slice(0, at) + character + bytes.slice(at);
    if (kind === 'replace') return bytes.slice(0, at) + character + bytes.slice(at + 1);
    if (kind === 'remove') return bytes.slice(0, at) + bytes.slice(at + 1);
    return bytes + bytes.slice(at);
  });

const strange = [
  '',
  'null',
  '[]',
  '"text"',
  '1e400',
  '[[[]]]',
  '{}',
  '{"text":"a"',
  '{"__proto__":{"text":"a","description":"b","source":"c"}}',
  '['.repeat(20_000),
  '['.repeat(20_000) + ']'.repeat(20_000),
  `{"text":${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)},"description":"d","source":"s"}`,
  `{"text":"a","description":"b","source":"c"${' '.repeat(100_000)}}`,
  'text=a&description=b&source=c',
  '\x1f\x8b\x08\x00\x00\x00\x00\x00',
  `{"text":"${'\xc0\x80'}","description":"d","source":"s"}`,
  `{"text":"${'\xed\xa0\x80'}","description":"d","source":"s"}`,
  'x'.repeat(530_000),
];

/** Every character beyond ASCII as six bytes. */
function escaped(json: string): string {
  return json.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function utf8(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
