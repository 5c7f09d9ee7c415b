import assert from 'node:assert/strict';

/** The OpenAPI document with its components in place of references; those to schemas stay. */
export function inlineComponents<Document extends object>(document: Document): Document {
  const inline = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(inline);
    if (typeof value !== 'object' || value === null) return value;
    if ('$ref' in value && typeof value.$ref === 'string' && !value.$ref.startsWith('#/components/schemas/'))
      return inline(componentAt(document, value.$ref));
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, inline(inner)]));
  };
  return inline(document) as Document;
}

function componentAt(document: object, reference: string): unknown {
  const names = reference.replace('#/', '').split('/');
  const found = names.reduce<unknown>((value, name) => Object(value)[name], document);
  assert.ok(found, `${reference} leads nowhere`);
  return found;
}
