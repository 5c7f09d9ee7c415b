/** C0, DEL and C1; marks that change the direction of writing; separators of lines. */
const CONTROLS = /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/gu;

/** `text` as one line that a terminal shows and does not obey: each control character as `\u001b`. */
export const escapeControls = (text: string): string =>
  text.replaceAll(CONTROLS, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
