import { setTimeout as sleep } from 'node:timers/promises';
import { RestartDelay } from './restart-delay.ts';

/** A server that runs. */
export interface RunningServer {
  /** Resolves when it has ended for any reason. */
  ended: Promise<void>;
  stop(): Promise<void>;
}

export interface KeepRunningOptions {
  /** For messages: "Redis". */
  name: string;
  say(line: string): void;
  /** Starts the server again; the signal aborts the attempt. */
  start(signal: AbortSignal): Promise<RunningServer>;
}

/**
 * Starts a server again each time it ends by itself.
 * @param first the server that runs already
 * @returns a function that ends the server for good
 */
export function keepRunning(
  first: RunningServer,
  { name, say, start }: KeepRunningOptions,
): () => Promise<void> {
  const stopping = new AbortController();
  const { signal } = stopping;
  const delay = new RestartDelay();
  let running: RunningServer | undefined = first;

  async function restartForever() {
    let startedAt = Date.now();
    for (;;) {
      await running?.ended;
      if (signal.aborted) return;
      const delayMs = delay.nextMs(Date.now() - startedAt);
      const what = running ? 'has ended by itself' : 'is not there';
      say(`${name} ${what}; starting it again in ${delayMs / 1000} s`);
      running = undefined;
      await sleep(delayMs, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      startedAt = Date.now();
      running = await start(signal).catch((error: Error) => {
        if (!signal.aborted) say(error.message);
        return undefined;
      });
      if (signal.aborted) await running?.stop();
    }
  }

  const restarts = restartForever();
  return async () => {
    stopping.abort();
    await running?.stop();
    await restarts;
  };
}
