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

/** Escapes its values, except `Html`. Not for script, style or URLs without `http`; `Wording` has none. */
export function html(strings: TemplateStringsArray, ...values: (string | number | Html | Html[])[]): Html {
  let result = strings[0] ?? '';
  // A loop is several times as fast as String.raw.
  values.forEach((value, index) => {
    result += toHtml(value) + (strings[index + 1] ?? '');
  });
  return { html: result };
}

/** Escapes `text` and renders `\n` as `<br>`, for mail clients that ignore `white-space`. */
export const renderLines = (text: string): Html => ({
  html: escapeText(text).replaceAll('\n', '<br>'),
});
