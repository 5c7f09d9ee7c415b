import * as z from 'zod';

/** Minutes of the day, from 0; `from` is later than `to` over midnight. */
export interface QuietHours {
  from: number;
  to: number;
}

export type QuietHoursBySeverity = Partial<Record<string, QuietHours>>;

/** `critical` is never quiet. */
const SEVERITIES = ['error', 'warning', 'info'];

const EXPECTED = `each entry, separated by semicolons, has severities (${SEVERITIES.join(', ')}; each once) and two different times: info,warning=22:00-08:00`;

function parseMinute(time: string): number | undefined {
  const { hours, minutes } = /^(?<hours>[01]\d|2[0-3]):(?<minutes>[0-5]\d)$/.exec(time.trim())?.groups ?? {};
  return hours === undefined ? undefined : Number(hours) * 60 + Number(minutes);
}

/** `QUIET_HOURS`: `info,warning=22:00-08:00; error=23:00-07:00` */
export const QuietHoursList = z.string().transform((text, { addIssue }): QuietHoursBySeverity => {
  const hours: QuietHoursBySeverity = {};
  for (const entry of text.split(';')) {
    const [severities = '', times = '', ...rest] = entry.split('=');
    const [from, to, ...others] = times.split('-').map(parseMinute);
    const isPeriod = from !== undefined && to !== undefined && from !== to;
    for (const severity of severities.split(',').map((name) => name.trim())) {
      const isFree = SEVERITIES.includes(severity) && !Object.hasOwn(hours, severity);
      if (!isPeriod || !isFree || rest.length + others.length > 0) {
        addIssue(severity === 'critical' ? `critical is never quiet; ${EXPECTED}` : EXPECTED);
        return z.NEVER;
      }
      hours[severity] = { from, to };
    }
  }
  return hours;
});

const MINUTE_MS = 60_000;

/** A day, and the longest shift of a clock. */
const MAX_MINUTES = 27 * 60;

/**
 * Returns the severities that are quiet now, each with the end of its quiet hours (ISO 8601).
 * The local clock decides, minute by minute. So a skipped or repeated hour needs no rule of its own.
 */
export function createQuietHours(
  bySeverity: QuietHoursBySeverity,
  timeZone: string,
  now: () => number = Date.now,
): () => Record<string, string> {
  const format = new Intl.DateTimeFormat('en', {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });

  function isQuiet({ from, to }: QuietHours, minute: number): boolean {
    const local = parseMinute(format.format(minute * MINUTE_MS)) ?? 0;
    return from < to ? local >= from && local < to : local >= from || local < to;
  }

  function findQuiet(minute: number): Record<string, string> {
    const quiet: Record<string, string> = {};
    for (const [severity, hours] of Object.entries(bySeverity)) {
      if (hours === undefined || !isQuiet(hours, minute)) continue;
      let end = minute + 1;
      while (end < minute + MAX_MINUTES && isQuiet(hours, end)) end += 1;
      quiet[severity] = new Date(end * MINUTE_MS).toISOString();
    }
    return quiet;
  }

  // Cached: the search takes a millisecond.
  let latest: { minute: number; quiet: Record<string, string> } | undefined;
  return () => {
    const minute = Math.floor(now() / MINUTE_MS);
    if (latest?.minute !== minute) latest = { minute, quiet: findQuiet(minute) };
    return latest.quiet;
  };
}
