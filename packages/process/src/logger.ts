import { format } from 'node:util';
import { type Logger, pino } from 'pino';
import { loggableError } from './loggable-error.ts';

export type { Logger };

/** One JSON object a line on standard output, with the name of the process in `service`. */
export const createLogger = (options: { service: string; level: string }): Logger =>
  pino(
    {
      level: options.level,
      base: { service: options.service },
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: loggableError },
      formatters: { level: (label) => ({ level: label }) },
    },
    // Not pino's default: that one waits for ever, also in process.exit(), once nobody reads the output.
    pino.destination({ dest: 1, sync: true }),
  );

/** Libraries write some of their trouble straight to the console: from now on that is in the log, as debug lines. */
export function logConsole(logger: Logger): void {
  for (const method of ['log', 'info', 'warn', 'error', 'trace'] as const) {
    console[method] = (...values: unknown[]) => logger.debug({ component: 'console' }, format(...values));
  }
}
