import { quantile } from '@incidents/testing/quantile';
import autocannon from 'autocannon';
import type { Load, LoadResult } from './load.ts';
import { type BenchRequest, fill, type Scenario, scenarios } from './scenarios.ts';

// The process that sends requests. It takes one load after the other over its IPC channel, and prints one line of JSON
// for each. It serves all loads of a bench, so only the first one runs code that is not optimised yet.

/** Milliseconds: a run may be longer than asked by this much. */
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
  /** Milliseconds of each reply with 2xx. */
  const latencies: number[] = [];
  let replies = 0;
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const instance = autocannon(
      {
        // The types know one URL, the library any number.
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
    // The library's own histogram has whole milliseconds.
    instance.on('response', (_, status, __, milliseconds) => {
      replies += 1;
      if (status >= 200 && status < 300) latencies.push(milliseconds);
    });
  });
}

function toAutocannon(requests: Scenario['requests'], incidents: Load['incidents']): autocannon.Request {
  if (typeof requests !== 'function') return { ...requests };
  const next: () => BenchRequest = requests(incidents);
  return { setupRequest: (request) => Object.assign(request, next()) };
}
