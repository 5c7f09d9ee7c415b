import { quantile } from '@incidents/testing/quantile';

export function formatTimes(times: number[]): string {
  const [median, p99, max] = [0.5, 0.99, 1].map((part) => quantile(times, part).toFixed(1));
  return `median ${median} ms, p99 ${p99} ms, max ${max} ms`;
}
