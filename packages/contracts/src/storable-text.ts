import * as z from 'zod';

/** Code points, as PostgreSQL counts characters: an emoji is one, with a JavaScript `length` of two. */
export function countCodePoints(value: string): number {
  let count = 0;
  for (let index = 0; index < value.length; index++) {
    if (isHighSurrogate(value.charCodeAt(index)) && isLowSurrogate(value.charCodeAt(index + 1))) index++;
    count++;
  }
  return count;
}

export function countUtf8Bytes(value: string): number {
  let bytes = 0;
  for (let index = 0; index < value.length; index++) {
    const unit = value.charCodeAt(index);
    if (unit < 0x80) bytes += 1;
    else if (unit < 0x800) bytes += 2;
    else if (isHighSurrogate(unit) && isLowSurrogate(value.charCodeAt(index + 1))) {
      bytes += 4;
      index++;
    } else bytes += 3;
  }
  return bytes;
}

const isHighSurrogate = (unit: number) => unit >= 0xd800 && unit <= 0xdbff;
const isLowSurrogate = (unit: number) => unit >= 0xdc00 && unit <= 0xdfff;

/** UTF-8 cannot encode it, so it would come back as another character. */
const LONE_SURROGATE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;

/** Refuses what PostgreSQL cannot store: NUL (`params.reason`: `nul_character`) and lone surrogates (`lone_surrogate`). */
export const storableText = () =>
  z.string().check((context) => {
    const reason = context.value.includes('\u0000')
      ? 'nul_character'
      : LONE_SURROGATE.test(context.value)
        ? 'lone_surrogate'
        : undefined;
    if (reason) context.issues.push({ code: 'custom', params: { reason }, input: context.value });
  });

/** Storable text of 1 to `maximum` code points. */
export const textOfCharacters = (maximum: number) => storableTextUpTo(maximum).min(1);

/** Storable text of at most `maximum` code points. */
export const storableTextUpTo = (maximum: number) =>
  storableText()
    .check((context) => {
      const { value } = context;
      // These comparisons avoid counting for nearly every string.
      if (value.length <= maximum) return;
      if (value.length <= 2 * maximum && countCodePoints(value) <= maximum) return;
      context.issues.push({ code: 'too_big', origin: 'string', maximum, inclusive: true, input: value });
    })
    .meta({ maxLength: maximum });

/** Storable text of 1 character to `maximum` bytes of UTF-8 (`params.reason`: `too_many_bytes`). */
export const textOfBytes = (maximum: number) =>
  storableText()
    .min(1)
    .check((context) => {
      if (context.value.length * 3 <= maximum || countUtf8Bytes(context.value) <= maximum) return;
      context.issues.push({
        code: 'custom',
        params: { reason: 'too_many_bytes', maximum },
        input: context.value,
      });
    });
