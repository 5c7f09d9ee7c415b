import { quantile } from '@incidents/testing/quantile';
import autocannon from 'autocannon';
import type { Load, LoadResult } from './load.ts';
import { type BenchRequest, fill, type Scenario, scenarios } from './scenarios.ts';

// One process serves all loads: only the first load runs code that is not optimised yet.

/** A run may exceed its duration by this time. */
const SAMPLE_MS = 50;
const TIMEOUT_SECONDS = 10;

process.on('message', (load: Load) => {
  run(load).then(
    (result) => console.log(JSON.stringify(result)),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
process.on('disconnect', () => process.exit());
process.send?.('ready');

function run(load: Load): Promise<LoadResult> {
  const { urls, key, connections, extent, incidents } = load;
  const scenario = [...scenarios, fill].find(({ name }) => name === load.scenario);
  if (scenario === undefined) throw new Error(`no scenario ${load.scenario}`);
  const latencies: number[] = [];
  let replies = 0;
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const instance = autocannon(
      {
        // The library accepts several URLs, its types only one.
        url: urls as unknown as string,
        connections,
        timeout: TIMEOUT_SECONDS,
        sampleInt: SAMPLE_MS,
        headers: {
          'content-type': 'application/json',
          ...(key !== undefined && { authorization: `Bearer ${key}` }),
        },
        requests: [toAutocannon(scenario.requests, incidents)],
        ...('seconds' in extent ? { duration: extent.seconds } : { amount: extent.requests }),
      },
      (error, result) => {
        if (error) return reject(error);
        resolve({
          seconds: (performance.now() - began) / 1_000,
          replies,
          successes: latencies.length,
          failures: result.non2xx + result.errors,
          p50: latencies.length > 0 ? quantile(latencies, 0.5) : null,
          p99: latencies.length > 0 ? quantile(latencies, 0.99) : null,
        });
      },
    );
    // The library's histogram has whole milliseconds only.
    instance.on('response', (_, status, __, milliseconds) => {
      replies += 1;
      if (status >= 200 && status < 300) latencies.push(milliseconds);
    });
  });
}

function toAutocannon(requests: Scenario['requests'], incidents: Load['incidents']): autocannon.Request {
  if (typeof requests !== 'function') return { ...requests };
  const next: () => BenchRequest = requests(incidents);
  return {
    setupRequest(request) {
      const { headers, ...rest } = next();
      return { ...request, ...rest, headers: { ...request.headers, ...headers } };
    },
  };
}
