import { type Logger, pino } from 'pino';
import { afterEach, expect } from 'vitest';

export type LogLine = Record<string, unknown> & { level: string; msg: string };

export interface TestLogger {
  logger: Logger;
  lines: LogLine[];
  /** Says that the current test provokes lines of level error or fatal. */
  expectErrors(): void;
}

/** A line of level error or fatal fails the test that wrote it, unless `expectErrors` was called. */
export function useTestLogger(): TestLogger {
  const lines: LogLine[] = [];
  let errorsExpected = false;
  const logger = pino(
    { level: 'debug', formatters: { level: (label) => ({ level: label }) } },
    { write: (line: string) => lines.push(JSON.parse(line)) },
  );
  afterEach(() => {
    const errors = lines.filter(({ level }) => level === 'error' || level === 'fatal');
    const expected = errorsExpected;
    lines.length = 0;
    errorsExpected = false;
    if (!expected) expect(errors, 'unexpected lines of level error in the log').toEqual([]);
  });
  return {
    logger,
    lines,
    expectErrors: () => {
      errorsExpected = true;
    },
  };
}
