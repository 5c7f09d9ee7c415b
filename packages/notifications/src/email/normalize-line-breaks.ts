const LINE_BREAK = /\r\n|[\r\u0085\u2028\u2029]/g;

// biome-ignore lint/suspicious/noControlCharactersInRegex: these controls are removed
const CONTROLS = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F]/g;

export const normalizeLineBreaks = (text: string): string =>
  text.replace(LINE_BREAK, '\n').replace(CONTROLS, '');
