import type { Cleanup } from '@incidents/testing/processes/cleanup';
import { startChild } from '@incidents/testing/processes/start-child';
import * as z from 'zod';

/** An incident that a scenario may read or change. */
export interface SeededIncident {
  id: number;
  status: string;
}

/** An order to the load generator. */
export interface Load {
  scenario: string;
  /** Origins; connections are spread over them in turn. */
  urls: string[];
  key?: string | undefined;
  connections: number;
  /** How long, or how many requests in all. */
  extent: { seconds: number } | { requests: number };
  incidents: SeededIncident[];
}

const LoadResult = z.object({
  seconds: z.number(),
  /** Replies of any status. */
  replies: z.number(),
  /** Those with 2xx. */
  successes: z.number(),
  /** Replies with another status, and connections that broke or timed out. */
  failures: z.number(),
  /** Milliseconds, of the successes; null without any. */
  p50: z.number().nullable(),
  p99: z.number().nullable(),
});

/** The result of a load. */
export type LoadResult = z.output<typeof LoadResult>;

/** The load generator, a process of its own. */
export interface LoadGenerator {
  pid: number;
  /** Runs one load at a time; resolves when it has ended. */
  run(load: Load): Promise<LoadResult>;
}

/** Starts the load generator. */
export async function startLoadGenerator(cleanup: Cleanup): Promise<LoadGenerator> {
  const child = startChild('infra/bench/src/load-generator.ts', [], { NODE_ENV: 'production' });
  cleanup.add(() => child.kill());
  await child.ready;
  let takeLine: (line: string) => void = () => {};
  child.onLine((line) => takeLine(line));
  const broken = child.ended.then(() => Promise.reject(new Error('the load generator ended')));
  // It may also reject between two loads, where nothing awaits it.
  broken.catch(() => {});
  return {
    pid: child.pid,
    async run(load) {
      const line = new Promise<string>((resolve) => {
        takeLine = resolve;
      });
      child.tell(load);
      return LoadResult.parse(JSON.parse(await Promise.race([line, broken])));
    },
  };
}
