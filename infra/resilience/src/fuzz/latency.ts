import { quantile } from '@incidents/testing/quantile';
import { createClient, type Target } from './client.ts';

const REQUESTS = 300;

/** The 99th percentile of ordinary requests in milliseconds; Infinity when one fails. */
export async function measureLatency(target: Target): Promise<number> {
  const client = createClient(target);
  const times: number[] = [];
  try {
    for (let request = 0; request < REQUESTS; request++) {
      const began = performance.now();
      const path = request % 2 === 0 ? '/healthz' : '/incidents/?limit=5';
      const { status } = await client.send({ method: 'GET', target: path, headers: [], body: undefined });
      if (status !== 200) return Infinity;
      times.push(performance.now() - began);
    }
  } catch {
    return Infinity;
  } finally {
    client.close();
  }
  return Math.round(quantile(times, 0.99));
}
