import { Severity } from '@incidents/contracts';
import * as z from 'zod';

const SECONDS: Record<string, number> = { s: 1, m: 60, h: 3_600, d: 86_400 };

const MAX_SECONDS = 365 * 86_400;

const EXPECTED = 'a duration such as 30s, 5m, 1h or 2d is expected, of at most 365d';

function parseDuration(text: string): number | undefined {
  const [, amount, unit] = /^(\d{1,9})([smhd])$/.exec(text.trim()) ?? [];
  const seconds = Number(amount) * (SECONDS[unit ?? ''] ?? Number.NaN);
  return seconds > 0 && seconds <= MAX_SECONDS ? seconds : undefined;
}

/** `5m` as seconds. */
export const duration = () =>
  z.string().transform((text, { addIssue }) => {
    const seconds = parseDuration(text);
    if (seconds !== undefined) return seconds;
    addIssue(EXPECTED);
    return z.NEVER;
  });

export type SecondsBySeverity = Partial<Record<string, number>>;

/** `critical=5m,error=30m` as seconds by severity. */
export const durationsBySeverity = () =>
  z.string().transform((text, { addIssue }): SecondsBySeverity => {
    const periods: SecondsBySeverity = {};
    for (const entry of text.split(',')) {
      const [severity = '', period = ''] = entry.trim().split('=');
      const seconds = parseDuration(period);
      if (
        !Severity.safeParse(severity).success ||
        Object.hasOwn(periods, severity) ||
        seconds === undefined
      ) {
        addIssue(
          `each entry is one of ${Severity.options.join(', ')}, once, and a duration, as in critical=5m,error=30m; ${EXPECTED}`,
        );
        return z.NEVER;
      }
      periods[severity] = seconds;
    }
    return periods;
  });
