import { setTimeout as sleep } from 'node:timers/promises';

export interface SteadyCalls {
  /**
   * Starts no more calls; resolves when each has ended.
   * @throws the error of a call that failed
   */
  stop(): Promise<void>;
}

/** Starts `call` with a running index at a steady rate that does not depend on the time of the calls. */
export function callAtSteadyRate(perSecond: number, call: (index: number) => Promise<unknown>): SteadyCalls {
  const underWay = new Set<Promise<unknown>>();
  const stopping = new AbortController();
  const start = async () => {
    const began = performance.now();
    for (let index = 0; !stopping.signal.aborted; index++) {
      const started = call(index);
      underWay.add(started);
      // A failed call stays for `stop`.
      started.then(
        () => underWay.delete(started),
        () => {},
      );
      const pauseMs = began + ((index + 1) * 1_000) / perSecond - performance.now();
      await sleep(Math.max(0, pauseMs), undefined, { signal: stopping.signal }).catch(() => {});
    }
    await Promise.all(underWay);
  };
  const ended = start();
  return {
    stop() {
      stopping.abort();
      return ended;
    },
  };
}
