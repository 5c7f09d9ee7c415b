/** Line breaks, tabs and other controls, and marks that turn the direction of the text after them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these controls are removed
const LINE_BREAKERS = /[\s\u0000-\u001F\u007F-\u009F\u2028\u2029\u202A-\u202E\u2066-\u2069]+/gu;

/** The same without single spaces: most texts need no replacement. */
const NEEDS_CHANGE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these controls are removed
  / {2}|[^\S ]|[\u0000-\u001F\u007F-\u009F\u2028\u2029\u202A-\u202E\u2066-\u2069]/;

/** `text` as one line: line breaks, controls and marks of direction become one space. */
export const toOneLine = (text: string): string =>
  (NEEDS_CHANGE.test(text) ? text.replace(LINE_BREAKERS, ' ') : text).trim();
