import { killAfter } from './kill-after.ts';
import type { Logger } from './logger.ts';

/** Time to exit after the deadline or a fatal error; then the process is killed. */
const EXIT_TIMEOUT_MS = 1_000;

/** Sends `ready` to the parent process, if it opened an IPC channel. */
export function announceReady(): void {
  process.send?.('ready');
}

/**
 * Runs `shutdown` on SIGTERM, SIGINT or the end of the launcher, then exits with 0; after the deadline with 1.
 * An uncaught error exits with 1 at once, because the state is unknown.
 */
export function endOnSignal(options: {
  logger: Logger;
  deadlineMs: number;
  shutdown: () => Promise<void>;
}): void {
  const { logger } = options;
  let ending = false;

  const end = async (reason: string) => {
    if (ending) return;
    ending = true;
    killAfter(options.deadlineMs + EXIT_TIMEOUT_MS);
    logger.info({ reason }, 'shutting down');
    setTimeout(() => {
      logger.error(
        { deadline_ms: options.deadlineMs },
        'shutdown took too long; exiting with work under way',
      );
      process.exit(1);
    }, options.deadlineMs).unref();
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
  process.on('disconnect', () => end('the launcher has ended'));

  const exitOnError = (error: unknown, message: string) => {
    killAfter(EXIT_TIMEOUT_MS);
    logger.fatal({ err: error }, message);
    process.exit(1);
  };
  process.on('uncaughtException', (error) => exitOnError(error, 'uncaught exception'));
  process.on('unhandledRejection', (error) => exitOnError(error, 'unhandled rejection'));
}
