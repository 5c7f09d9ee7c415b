const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Cuts between two graphemes and appends `…`. `maxLength` of the result is in UTF-16 code units. */
export function truncateText(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  let end = 0;
  for (const { index, segment } of graphemes.segment(text.slice(0, maxLength + 1))) {
    if (index + segment.length > maxLength - 1) break;
    end = index + segment.length;
  }
  return `${text.slice(0, end).trimEnd()}…`;
}
