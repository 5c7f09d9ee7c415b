import { killAfter } from './kill-after.ts';
import type { Logger } from './logger.ts';

/** Milliseconds beyond the deadline, or from a fatal error, that the process has for ending by itself. */
const EXIT_MS = 1_000;

/** Tells the parent process over its IPC channel, if there is one, that this process is ready. */
export function announceReady(): void {
  process.send?.('ready');
}

/**
 * Runs `shutdown` on SIGTERM, SIGINT or the launcher's end, then exits with 0; with 1 after the deadline.
 * A process that cannot exit is killed. An uncaught error exits with 1 at once: the state is unknown.
 */
export function endOnSignal(options: {
  logger: Logger;
  /** Milliseconds. */
  deadline: number;
  shutdown: () => Promise<void>;
}): void {
  const { logger } = options;
  let ending = false;

  const end = async (reason: string) => {
    if (ending) return;
    ending = true;
    killAfter(options.deadline + EXIT_MS);
    logger.info({ reason }, 'shutting down');
    setTimeout(() => {
      logger.error({ deadline_ms: options.deadline }, 'shutdown took too long; exiting with work under way');
      process.exit(1);
    }, options.deadline).unref();
    try {
      await options.shutdown();
      logger.info('stopped');
      process.exit(0);
    } catch (error) {
      logger.error({ err: error }, 'shutdown failed');
      process.exit(1);
    }
  };

  process.on('SIGTERM', () => end('SIGTERM'));
  process.on('SIGINT', () => end('SIGINT'));
  process.on('disconnect', () => end('the launcher is gone'));

  const die = (error: unknown, what: string) => {
    killAfter(EXIT_MS);
    logger.fatal({ err: error }, what);
    process.exit(1);
  };
  process.on('uncaughtException', (error) => die(error, 'uncaught exception'));
  process.on('unhandledRejection', (error) => die(error, 'unhandled rejection'));
}
