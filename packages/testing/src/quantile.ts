/**
 * What `part` of the numbers do not exceed: 0.5 is their median, 1 the largest; NaN when there are none.
 * @param part from 0 to 1
 */
export function quantile(numbers: number[], part: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? Number.NaN;
}
