const TAG = /<(\/?)([a-z]+)(?: (?:[a-z]+|href="([^"<>]+)"))?>/g;
const KNOWN = new Set(['a', 'b', 'i', 'u', 's', 'code', 'pre', 'blockquote']);
const ENTITIES: Record<string, string> = { '&amp;': '&', '&lt;': '<', '&gt;': '>' };

/** The shown text; undefined for text that the Bot API rejects: wrong tags, or a stray `<`. */
export function shownOf(html: string): string | undefined {
  const open: string[] = [];
  let balanced = true;
  const text = html.replaceAll(TAG, (_tag, closing: string, name: string, href?: string) => {
    const isLink = name === 'a' && closing === '';
    if (!KNOWN.has(name) || isLink !== (href !== undefined)) balanced = false;
    else if (closing === '') open.push(name);
    else if (open.pop() !== name) balanced = false;
    return '';
  });
  if (!balanced || open.length > 0 || /[<>]/.test(text)) return undefined;
  if (/&(?!amp;|lt;|gt;)/.test(text)) return undefined;
  return text.replaceAll(/&(?:amp|lt|gt);/g, (entity) => ENTITIES[entity] ?? entity);
}
