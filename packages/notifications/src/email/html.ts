/** HTML that is safe to put into HTML as it is. */
export interface Html {
  html: string;
}

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escapeText = (text: string) =>
  text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);

const toHtml = (value: string | number | Html | Html[]): string => {
  if (Array.isArray(value)) return value.map(({ html }) => html).join('\n');
  return typeof value === 'object' ? value.html : escapeText(String(value));
};

/** A template whose values are escaped, unless they are `Html` themselves. Not for script, style or URLs. */
export const html = (
  strings: TemplateStringsArray,
  ...values: (string | number | Html | Html[])[]
): Html => ({
  html: String.raw({ raw: strings }, ...values.map(toHtml)),
});

/** Escaped text whose `\n` break the line in every mail program, whatever it makes of `white-space`. */
export const brokenLines = (text: string): Html => ({ html: text.split('\n').map(escapeText).join('<br>') });
