import { setTimeout as sleep } from 'node:timers/promises';
import { RestartDelay } from './restart-delay.ts';

export interface RunningServer {
  /** Resolves when it has ended for any reason. */
  ended: Promise<void>;
  stop(): Promise<void>;
}

export interface KeepRunningOptions {
  name: string;
  say(line: string): void;
  start(signal: AbortSignal): Promise<RunningServer>;
}

/** Restarts a server each time it ends by itself; the returned function stops it. */
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
