import { randomUUID } from 'node:crypto';

/** Of valid JSON; the colon follows names of fields alone. */
const STRING = /"(?:[^"\\]|\\.)*"(\s*:)?/gs;

/**
 * `JSON.parse`, without an error of V8 that swaps names of fields. Node.js 24.21 and 26.10 have it: after
 * `{"a":1,"\\":2}` they read `{"a":1,"\u0431":2}` as `{"a":1,"\\":2}`. So names with an escape are parsed as values,
 * which are not affected.
 * @throws SyntaxError
 */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  if (!text.includes('\\')) return value;
  const names: string[] = [];
  const prefix = `${randomUUID()} `;
  const withPlaceholders = text.replace(STRING, (string: string, colon: string | undefined) => {
    if (colon === undefined || !string.includes('\\')) return string;
    names.push(JSON.parse(string.slice(0, -colon.length)));
    return `"${prefix}${names.length - 1}"${colon}`;
  });
  if (names.length === 0) return value;

  const nameOf = (key: string) =>
    key.startsWith(prefix) ? (names[Number(key.slice(prefix.length))] ?? key) : key;
  return JSON.parse(withPlaceholders, (_key, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    if (!Object.keys(inner).some((key) => key.startsWith(prefix))) return inner;
    return Object.fromEntries(Object.entries(inner).map(([key, field]) => [nameOf(key), field]));
  });
}
