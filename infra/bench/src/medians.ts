/** NaN without numbers. */
export function median(numbers: number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
  return (lower + upper) / 2;
}

/**
 * The median of `numbers[i] / base[i]`. A pair is of one round, so a disturbance of the round cancels out.
 * @throws Error when the lengths differ
 */
export function medianRatio(numbers: number[], base: number[]): number {
  if (numbers.length !== base.length) throw new Error('a ratio needs as many rounds of both');
  return median(numbers.map((number, index) => number / (base[index] ?? Number.NaN)));
}
