import type { Cleanup } from '@incidents/testing/processes/cleanup';
import { startChild } from '@incidents/testing/processes/start-child';
import * as z from 'zod';

export interface SeededIncident {
  id: number;
  status: string;
}

export interface Load {
  scenario: string;
  /** Origins. Connections are spread over them. */
  urls: string[];
  key?: string | undefined;
  connections: number;
  extent: { seconds: number } | { requests: number };
  incidents: SeededIncident[];
}

const LoadResult = z.object({
  seconds: z.number(),
  replies: z.number(),
  successes: z.number(),
  failures: z.number(),
  /** Milliseconds, of the successes; null without any. */
  p50: z.number().nullable(),
  p99: z.number().nullable(),
});

export type LoadResult = z.output<typeof LoadResult>;

export interface LoadGenerator {
  pid: number;
  run(load: Load): Promise<LoadResult>;
}

export async function startLoadGenerator(cleanup: Cleanup): Promise<LoadGenerator> {
  const child = startChild('infra/bench/src/load-generator.ts', [], { NODE_ENV: 'production' });
  cleanup.add(() => child.kill());
  await child.ready;
  let takeLine: (line: string) => void = () => {};
  child.onLine((line) => takeLine(line));
  const broken = child.ended.then(() => Promise.reject(new Error('the load generator ended')));
  // It may reject between two loads, when no caller awaits it.
  broken.catch(() => {});
  return {
    pid: child.pid,
    async run(load) {
      const line = new Promise<string>((resolve) => {
        takeLine = resolve;
      });
      child.send(load);
      return LoadResult.parse(JSON.parse(await Promise.race([line, broken])));
    },
  };
}
