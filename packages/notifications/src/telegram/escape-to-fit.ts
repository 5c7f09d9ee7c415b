/** Escapes text for a markup. A character becomes `&…;` or stays as it is, so the result is never shorter. */
export type Escape = (text: string) => string;

const ELLIPSIS = '…';

/** Reads no more of a long text than fits. `maxUnits`: UTF-16 units of the result. */
export function escapeToFit(text: string, escapeText: Escape, maxUnits: number): string {
  const head = text.length > maxUnits ? text.slice(0, Math.max(0, maxUnits + 1)) : text;
  const escaped = escapeText(head);
  if (escaped.length <= maxUnits) return escaped;
  const remaining = maxUnits - ELLIPSIS.length;
  if (remaining < 0) return '';
  const splitsPair = (escaped.codePointAt(remaining - 1) ?? 0) > 0xffff;
  const fitting = escaped.slice(0, splitsPair ? remaining - 1 : remaining);
  const entity = escaped.length > head.length ? fitting.lastIndexOf('&') : -1;
  const splitsEntity = entity >= 0 && !fitting.includes(';', entity);
  return (splitsEntity ? fitting.slice(0, entity) : fitting).trimEnd() + ELLIPSIS;
}

export function truncateCodePoints(text: string, maxCodePoints: number): string {
  if (text.length <= maxCodePoints) return text;
  // A code point has at most two units.
  const characters = [...text.slice(0, 2 * (maxCodePoints + 1))];
  if (characters.length <= maxCodePoints) return text;
  return (
    characters
      .slice(0, maxCodePoints - 1)
      .join('')
      .trimEnd() + ELLIPSIS
  );
}
