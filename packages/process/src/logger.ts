import { type Logger, pino } from 'pino';

export type { Logger };

/** One JSON object a line on standard output, with the name of the process in `service`. */
export const createLogger = (options: { service: string; level: string }): Logger =>
  pino(
    {
      level: options.level,
      base: { service: options.service },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    // Not pino's default: that one waits for ever, also in process.exit(), once nobody reads the output.
    pino.destination({ dest: 1, sync: true }),
  );
