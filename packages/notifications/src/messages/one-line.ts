/** Line breaks, tabs and other controls, and the marks that turn the direction of everything after them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: controls are what has to go
const UNFIT_FOR_A_LINE = /[\s\u0000-\u001F\u007F-\u009F\u2028\u2029\u202A-\u202E\u2066-\u2069]+/gu;

/** The same, without the spaces that stay as they are: most texts have nothing else. */
const NEEDS_CHANGE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: controls are what has to go
  / {2}|[^\S ]|[\u0000-\u001F\u007F-\u009F\u2028\u2029\u202A-\u202E\u2066-\u2069]/;

/** `text` as one line: line breaks, controls and marks of direction become one space. */
export const oneLine = (text: string): string =>
  (NEEDS_CHANGE.test(text) ? text.replace(UNFIT_FOR_A_LINE, ' ') : text).trim();

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/**
 * `text`, or as many whole characters of it as fit, with `…` after them. An emoji made of several code points
 * stays whole or goes.
 * @param length most UTF-16 code units of the result
 */
export function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  let end = 0;
  // One unit is for the ellipsis; nothing behind it has to be looked at.
  for (const { index, segment } of graphemes.segment(text.slice(0, length + 1))) {
    if (index + segment.length > length - 1) break;
    end = index + segment.length;
  }
  return `${text.slice(0, end).trimEnd()}…`;
}
