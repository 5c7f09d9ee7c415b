/** Calls share a load under way and, for `milliseconds` after its end, its value. Failures are not kept. */
export function memoizeFor<Source extends object, Value>(
  milliseconds: number,
  load: (source: Source) => Promise<Value>,
): (source: Source) => Promise<Value> {
  const entries = new WeakMap<Source, { value: Promise<Value>; expiresAt: number }>();
  return (source) => {
    const known = entries.get(source);
    if (known && performance.now() < known.expiresAt) return known.value;
    const entry = { value: load(source), expiresAt: Number.POSITIVE_INFINITY };
    entries.set(source, entry);
    entry.value.then(
      () => {
        entry.expiresAt = performance.now() + milliseconds;
      },
      () => entries.delete(source),
    );
    return entry.value;
  };
}
