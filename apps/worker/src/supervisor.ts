import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from '@incidents/runtime/logger';
import type { Runner } from './runner.ts';

/** Delays before the next runner; the last one repeats. */
const RETRY_DELAYS_MS = [100, 250, 500, 1_000, 2_000];

/** A runner that has run for so long resets the delay. */
const STABLE_AFTER_MS = 10_000;

const DRAIN_TIMEOUT_MS = 120_000;

export interface Supervisor {
  /** Resolves when the first runner takes jobs. */
  started: Promise<void>;
  /** Time since the last heartbeat job of the current runner; undefined without one. */
  getHeartbeatAgeMs(): number | undefined;
  stop(timeoutMs: number): Promise<void>;
}

/**
 * Replaces a runner that has ended, while the unfinished jobs of the old one end.
 * @param start may reject; its signal is aborted when the supervisor stops
 */
export function superviseRunner(start: (signal: AbortSignal) => Promise<Runner>, logger: Logger): Supervisor {
  const stopping = new AbortController();
  const running = new Set<Runner>();
  let current: Runner | undefined;
  const { promise: started, resolve: hasStarted } = Promise.withResolvers<void>();

  const retire = async (runner: Runner, timeoutMs: number) => {
    try {
      await runner.stop(timeoutMs);
    } catch (error) {
      // Another pool frees them when its lease expires.
      logger.warn({ err: error }, 'jobs could not be released');
    } finally {
      running.delete(runner);
    }
  };

  const keepRunning = async () => {
    for (let failures = 0; !stopping.signal.aborted; failures++) {
      const began = performance.now();
      const ended = await start(stopping.signal).then(
        (runner) => {
          running.add(runner);
          if (stopping.signal.aborted) return { reason: 'the worker is stopping' };
          current = runner;
          hasStarted();
          logger.info('taking jobs');
          return runner.ended;
        },
        (error) => ({ reason: 'it could not start', error }),
      );
      if (stopping.signal.aborted) return;
      if (current !== undefined) retire(current, DRAIN_TIMEOUT_MS);
      current = undefined;
      if (performance.now() - began > STABLE_AFTER_MS) failures = 0;
      const delay = RETRY_DELAYS_MS[Math.min(failures, RETRY_DELAYS_MS.length - 1)] ?? 0;
      logger.warn(
        { reason: ended.reason, ...('error' in ended && { err: ended.error }), retry_in_ms: delay },
        'the queue runner is replaced',
      );
      await wait(delay, undefined, { signal: stopping.signal }).catch(() => {});
    }
  };
  const loop = keepRunning();

  return {
    started,
    getHeartbeatAgeMs() {
      const last = current?.lastHeartbeat;
      return last === undefined ? undefined : performance.now() - last;
    },
    async stop(timeoutMs) {
      stopping.abort();
      const until = performance.now() + timeoutMs;
      await Promise.all([...running].map((runner) => retire(runner, timeoutMs)));
      await Promise.race([loop, wait(Math.max(0, until - performance.now()), undefined, { ref: false })]);
      await Promise.all([...running].map((runner) => retire(runner, Math.max(0, until - performance.now()))));
    },
  };
}
