import fc from 'fast-check';

const emoji = '\u{1F600}';

const nasty = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\ud800',
  'a\udfffb',
  '\ude00\ud83d',
  '\ufeff',
  '\ufffd\ufffe\uffff',
  '\u0001\u0008\u001b[31m\u007f\u0085',
  '\r\nX-Injected: yes\r\n\r\n',
  '\u2028\u2029',
  '\u202eabc\u202c עברית العربية',
  'и\u0306е\u0308',
  '👨‍👩‍👧‍👦🏳️‍🌈',
  'İıſß',
  "'); drop table incidents; --",
  "' or '1'='1",
  '$1 $2 %s %n :id ?',
  '%_\\%',
  '\\',
  '\\u0000 \\x00 %00 &#0; \\ud800',
  '<script>alert(1)</script>&amp;',
  '{{7*7}} #{7*7} <%= 7*7 %>',
  '__proto__',
  'constructor',
  'toString',
  'null',
  'undefined',
  'NaN',
  'true',
  '[object Object]',
  '../../../etc/passwd',
  'file:///etc/passwd',
  '`id` $(id) | id ; id',
  '0',
  '-0',
  '-1',
  '1.5',
  '1e3',
  '0x10',
  '٣',
  ' 5',
  '2147483648',
  '9007199254740993',
  '9223372036854775808',
  '9'.repeat(400),
  'новый',
  'НОВЫЙ',
  emoji.repeat(1000),
  emoji.repeat(1001),
  'я'.repeat(1001),
];

export const hostileText: fc.Arbitrary<string> = fc.oneof(
  { arbitrary: fc.constantFrom(...nasty), weight: 4 },
  { arbitrary: fc.string({ unit: 'binary', maxLength: 40 }), weight: 2 },
  { arbitrary: fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 }).map(fromUnits), weight: 1 },
  {
    arbitrary: fc.string({
      unit: fc.constantFrom('\ud83d', '\ude00', '\0', '\\', '"', 'я', emoji),
      maxLength: 12,
    }),
    weight: 1,
  },
);

/** Strings of `minimum` to `maximum` code points that the service has to take and give back as they are. */
export function storableText(minimum: number, maximum: number): fc.Arbitrary<string> {
  const short = { minLength: minimum, maxLength: Math.min(maximum, Math.max(minimum, 60)) };
  return fc
    .oneof(
      { arbitrary: fc.string({ unit: 'binary', ...short }), weight: 6 },
      { arbitrary: fc.string({ unit: fc.constantFrom(...'абвгд ежз.,№"\\\n'), ...short }), weight: 4 },
      {
        arbitrary: fc.constantFrom(...nasty).filter((text) => {
          const length = [...text].length;
          return length >= minimum && length <= maximum;
        }),
        weight: 3,
      },
      {
        arbitrary: fc.constantFrom('a', 'я', emoji, '\u0001', '"').map((unit) => unit.repeat(maximum)),
        weight: 1,
      },
    )
    .map((text) => text.toWellFormed().replaceAll('\0', '0'));
}

function fromUnits(units: number[]): string {
  return String.fromCharCode(...units);
}
