/** Keys of one period; a flood of different ones must not fill the memory. */
const MAX_KEYS = 10_000;

/**
 * Tells which keys come again soon.
 * @param periodMs milliseconds in which a key has to come again; up to twice as long still counts
 * @returns whether the key was given before
 */
export function createRepetitionCheck(periodMs: number): (key: string) => boolean {
  let current = new Set<string>();
  let previous = current;
  let endsAt = performance.now() + periodMs;

  return (key) => {
    const now = performance.now();
    if (now >= endsAt || current.size >= MAX_KEYS) {
      previous = now >= endsAt + periodMs ? new Set() : current;
      current = new Set();
      endsAt = now + periodMs;
    }
    const isRepeated = current.has(key) || previous.has(key);
    current.add(key);
    return isRepeated;
  };
}
