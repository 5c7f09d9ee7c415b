import type { Cleanup } from '@incidents/testing/processes/cleanup';
import { startChild } from '@incidents/testing/processes/start-child';
import * as z from 'zod';
import { type Arrivals, createArrivals } from './arrivals.ts';

const Greeting = z.object({ smtpUrl: z.string(), apiRoot: z.string() });

/** The mail server and the Bot API of a bench, one process of their own. */
export interface Inbox {
  pid: number;
  smtpUrl: string;
  /** Of the Bot API. */
  apiRoot: string;
  arrivals: Arrivals;
}

/** Starts a mail server and a Bot API that take everything. */
export async function startInbox(cleanup: Cleanup): Promise<Inbox> {
  const child = startChild('infra/bench/src/serve-message-sinks.ts', [], { NODE_ENV: 'production' });
  cleanup.add(() => child.kill());
  const greeting = Greeting.parse(JSON.parse(await child.firstLine));
  const arrivals = createArrivals();
  child.onLine((line) => arrivals.add(JSON.parse(line)));
  return { pid: child.pid, ...greeting, arrivals };
}
