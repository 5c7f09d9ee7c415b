/** How a text has to be written so that it means itself. */
export type Escape = (character: string) => string;

const ELLIPSIS = '…';

/**
 * Escapes `text`, and cuts it where it would not fit into `room` UTF-16 units: between two characters, with
 * an ellipsis at the end. Reads no more of a long text than fits.
 */
export function fitText(text: string, escaped: Escape, room: number): string {
  let fitting = '';
  // What is left when something has to go, so that the ellipsis has its place.
  let shortened = '';
  for (const character of text) {
    const written = escaped(character);
    if (fitting.length + written.length > room) {
      return room < ELLIPSIS.length ? '' : shortened.trimEnd() + ELLIPSIS;
    }
    fitting += written;
    if (fitting.length + ELLIPSIS.length <= room) shortened = fitting;
  }
  return fitting;
}

/** `text`, at most `most` code points of it, the last one an ellipsis if something was cut off. */
export function shortenText(text: string, most: number): string {
  // No code point has more than two units, so the rest of a long text need not be looked at.
  const characters = [...text.slice(0, 2 * (most + 1))];
  if (characters.length <= most) return text;
  return (
    characters
      .slice(0, most - 1)
      .join('')
      .trimEnd() + ELLIPSIS
  );
}
