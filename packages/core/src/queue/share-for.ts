/**
 * Keeps what `load` returns for a while, and lets whoever asks meanwhile share it; also while it is still being
 * loaded. What failed is not kept.
 * @param milliseconds counted from when it was loaded; 0 shares only while it is being loaded
 */
export function shareFor<Source extends object, Value>(
  milliseconds: number,
  load: (source: Source) => Promise<Value>,
): (source: Source) => Promise<Value> {
  const kept = new WeakMap<Source, { value: Promise<Value>; until: number }>();
  return (source) => {
    const known = kept.get(source);
    if (known && performance.now() < known.until) return known.value;
    const entry = { value: load(source), until: Number.POSITIVE_INFINITY };
    kept.set(source, entry);
    entry.value.then(
      () => {
        entry.until = performance.now() + milliseconds;
      },
      () => kept.delete(source),
    );
    return entry.value;
  };
}
