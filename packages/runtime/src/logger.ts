import { format } from 'node:util';
import { type Logger, pino } from 'pino';
import { createLogOutput } from './log-output.ts';
import { toLoggableError } from './to-loggable-error.ts';

export type { Logger };

/** One JSON object a line on standard output, with the name of the process in `service`. It never throws or blocks. */
export function createLogger(options: { service: string; level: string }): Logger {
  const output = createLogOutput((lines) => {
    // At every log level, because the log would look complete without this line.
    logger.child({}, { level: 'warn' }).warn({ lines }, 'log lines were dropped');
  });
  const logger = pino(
    {
      level: options.level,
      base: { service: options.service },
      timestamp: isoTimestamp,
      serializers: { err: toLoggableError },
      formatters: { level: (label) => ({ level: label }) },
    },
    output,
  );
  return logger;
}

let second = 0;
let prefix = '';

/** As pino's `isoTime`, but formats the date once per second. */
function isoTimestamp(): string {
  const now = Date.now();
  const millisecond = now % 1_000;
  if (now - millisecond !== second || prefix === '') {
    second = now - millisecond;
    prefix = `,"time":"${new Date(second).toISOString().slice(0, 20)}`;
  }
  return `${prefix}${String(millisecond).padStart(3, '0')}Z"`;
}

/** Sends console output of libraries and Node.js to the log, because the console may throw or block. */
export function logConsole(logger: Logger): void {
  for (const method of ['log', 'info', 'warn', 'error', 'trace'] as const) {
    console[method] = (...values: unknown[]) => logger.debug({ component: 'console' }, format(...values));
  }
  process.removeAllListeners('warning');
  process.on('warning', (warning) => logger.warn({ err: warning }, 'a warning of Node.js'));
  // For direct writes to the streams: a full disk does not throw, and Node.js makes a pipe non-blocking.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
}
