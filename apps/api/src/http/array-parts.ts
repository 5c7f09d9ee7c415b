const COMMA = ','.charCodeAt(0);

/** The JSON of one array whose entries come in batches, the first of which is here already. */
export async function* arrayParts<Entry>(
  first: Entry[],
  rest: AsyncIterable<Entry[]>,
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

const withoutEnd = (entries: unknown[]) => Buffer.from(JSON.stringify(entries)).subarray(0, -1);
