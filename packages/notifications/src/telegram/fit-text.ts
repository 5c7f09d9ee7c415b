/** Writes a text so that it means itself within a markup. What it replaces becomes `&…;`, never shorter. */
export type Escape = (text: string) => string;

const ELLIPSIS = '…';

/**
 * Escapes `text`, and cuts it where it would not fit into `room` UTF-16 units: between two characters, with
 * an ellipsis at the end. Reads no more of a long text than fits.
 */
export function fitText(text: string, escapeText: Escape, room: number): string {
  const head = text.length > room ? text.slice(0, Math.max(0, room + 1)) : text;
  const escaped = escapeText(head);
  if (escaped.length <= room) return escaped;
  const most = room - ELLIPSIS.length;
  if (most < 0) return '';
  const splitsPair = (escaped.codePointAt(most - 1) ?? 0) > 0xffff;
  const fitting = escaped.slice(0, splitsPair ? most - 1 : most);
  const entity = escaped.length > head.length ? fitting.lastIndexOf('&') : -1;
  const splitsEntity = entity >= 0 && !fitting.includes(';', entity);
  return (splitsEntity ? fitting.slice(0, entity) : fitting).trimEnd() + ELLIPSIS;
}

/** `text`, at most `most` code points of it, the last one an ellipsis if something was cut off. */
export function shortenText(text: string, most: number): string {
  if (text.length <= most) return text;
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
