import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from '@incidents/runtime/logger';
import type { Runner } from './runner.ts';

/** Milliseconds before the next runner is started; the last one repeats. */
const BACK_OFF_MS = [100, 250, 500, 1_000, 2_000];

/** Milliseconds after which a runner has proved that what ended the one before is over. */
const PROVED_AFTER_MS = 10_000;

const DRAIN_TIMEOUT_MS = 120_000;

export interface Supervisor {
  /** Resolves when the first runner takes jobs. */
  started: Promise<void>;
  /** Milliseconds since a heartbeat job was last run; undefined while there is no runner or it has not run one. */
  sinceHeartbeat(): number | undefined;
  stop(timeout: number): Promise<void>;
}

/**
 * Replaces a runner that has ended; jobs under way may end in the old one meanwhile.
 * @param start fails while the database is away; its signal is aborted when the supervisor is stopped
 */
export function superviseRunner(start: (signal: AbortSignal) => Promise<Runner>, logger: Logger): Supervisor {
  const stopping = new AbortController();
  const running = new Set<Runner>();
  let current: Runner | undefined;
  const { promise: started, resolve: hasStarted } = Promise.withResolvers<void>();

  const retire = async (runner: Runner, timeout: number) => {
    try {
      await runner.stop(timeout);
    } catch (error) {
      // Its silence frees them.
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
      if (performance.now() - began > PROVED_AFTER_MS) failures = 0;
      const delay = BACK_OFF_MS[Math.min(failures, BACK_OFF_MS.length - 1)] ?? 0;
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
    sinceHeartbeat() {
      const last = current?.lastHeartbeat;
      return last === undefined ? undefined : performance.now() - last;
    },
    async stop(timeout) {
      stopping.abort();
      const until = performance.now() + timeout;
      await Promise.all([...running].map((runner) => retire(runner, timeout)));
      await Promise.race([loop, wait(Math.max(0, until - performance.now()), undefined, { ref: false })]);
      await Promise.all([...running].map((runner) => retire(runner, Math.max(0, until - performance.now()))));
    },
  };
}
