/** Other names are no filters, and the header takes no bytes of a client that it did not check. */
const FILTER_NAME = /^[\p{L}\p{N}_.[\]-]{1,40}$/u;

const MAX_LENGTH = 500;

/** Comma-separated names that look like filters and that the operation does not have, percent-encoded to ASCII. */
export function ignoredParameters(sent: Record<string, unknown>, known: object = {}): string | undefined {
  let names: string | undefined;
  for (const name of Object.keys(sent)) {
    if (Object.hasOwn(known, name) || !FILTER_NAME.test(name)) continue;
    const encoded = encodeURIComponent(name);
    if (names === undefined) names = encoded;
    else if (names.length + encoded.length <= MAX_LENGTH) names += `, ${encoded}`;
    else return `${names}, ...`;
  }
  return names;
}
