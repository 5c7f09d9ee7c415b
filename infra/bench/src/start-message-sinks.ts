import type { Cleanup } from '@incidents/testing/processes/cleanup';
import { startChild } from '@incidents/testing/processes/start-child';
import * as z from 'zod';
import { type Arrivals, createArrivals } from './arrivals.ts';

const Greeting = z.object({ smtpUrl: z.string(), apiRoot: z.string() });

export interface MessageSinks {
  pid: number;
  smtpUrl: string;
  apiRoot: string;
  arrivals: Arrivals;
}

export async function startMessageSinks(cleanup: Cleanup): Promise<MessageSinks> {
  const child = startChild('infra/bench/src/serve-message-sinks.ts', [], { NODE_ENV: 'production' });
  cleanup.add(() => child.kill());
  const greeting = Greeting.parse(JSON.parse(await child.firstLine));
  const arrivals = createArrivals();
  child.onLine((line) => arrivals.add(JSON.parse(line)));
  return { pid: child.pid, ...greeting, arrivals };
}
