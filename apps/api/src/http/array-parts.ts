const COMMA = ','.charCodeAt(0);

/** An array of entries that are JSON texts. */
export const jsonArray = (entries: string[]): string => `[${entries.join(',')}]`;

/** The same of entries that come in batches, the first of which is here already. */
export async function* arrayParts(
  first: string[],
  rest: AsyncIterable<string[]>,
): AsyncGenerator<Uint8Array> {
  let isEmpty = first.length === 0;
  yield withoutEnd(first);
  for await (const batch of rest) {
    if (batch.length === 0) continue;
    const part = withoutEnd(batch);
    // In the place of its bracket.
    if (isEmpty) yield part.subarray(1);
    else {
      part[0] = COMMA;
      yield part;
    }
    isEmpty = false;
  }
  yield Buffer.from(']');
}

const withoutEnd = (entries: string[]) => Buffer.from(jsonArray(entries)).subarray(0, -1);
