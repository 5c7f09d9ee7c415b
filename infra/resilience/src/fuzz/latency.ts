import { createClient, type Target } from './client.ts';

const REQUESTS = 300;

/** Milliseconds within which 99 of 100 ordinary requests are answered; Infinity when one is not. */
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
  times.sort((a, b) => a - b);
  return Math.round(times[Math.floor(times.length * 0.99)] ?? 0);
}
