const LINE_BREAK = /\r\n|[\r\u0085\u2028\u2029]/g;

// biome-ignore lint/suspicious/noControlCharactersInRegex: controls are what has to go
const CONTROLS = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F]/g;

/** `text` with `\n` for every kind of line break and without controls, which no mail program shows. */
export const paragraphs = (text: string): string => text.replace(LINE_BREAK, '\n').replace(CONTROLS, '');
