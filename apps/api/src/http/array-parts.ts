/** @param first JSON texts */
export async function* encodeArrayParts(
  first: string[],
  rest: AsyncIterable<string[]>,
): AsyncGenerator<Uint8Array> {
  let opening = '[';
  if (first.length > 0) {
    yield encode(first, opening);
    opening = ',';
  }
  for await (const batch of rest) {
    if (batch.length === 0) continue;
    yield encode(batch, opening);
    opening = ',';
  }
  yield Buffer.from(opening === '[' ? '[]' : ']');
}

/** One buffer is the only copy of large texts. */
function encode(entries: string[], opening: string): Uint8Array {
  const bytes = Buffer.allocUnsafe(entries.reduce((sum, entry) => sum + 1 + Buffer.byteLength(entry), 0));
  let end = 0;
  for (const entry of entries) {
    end += bytes.write(end === 0 ? opening : ',', end);
    end += bytes.write(entry, end);
  }
  return bytes;
}
