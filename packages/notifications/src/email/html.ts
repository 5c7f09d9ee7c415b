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
  /[&<>"']/.test(text) ? text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character) : text;

const toHtml = (value: string | number | Html | Html[]): string => {
  if (Array.isArray(value)) return value.map(({ html }) => html).join('\n');
  return typeof value === 'object' ? value.html : escapeText(String(value));
};

/**
 * A template whose values are escaped, unless they are `Html` themselves. Not for script or style; of URLs only for
 * those of `Wording`, which begin with http.
 */
export function html(strings: TemplateStringsArray, ...values: (string | number | Html | Html[])[]): Html {
  let written = strings[0] ?? '';
  // Several times as fast as String.raw.
  values.forEach((value, index) => {
    written += toHtml(value) + (strings[index + 1] ?? '');
  });
  return { html: written };
}

/** Escaped text whose `\n` break the line also in mail programs that ignore `white-space`. */
export const brokenLines = (text: string): Html => ({
  html: escapeText(text).replaceAll('\n', '<br>'),
});
