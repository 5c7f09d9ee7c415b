const formatUtc = (time: string) => `${time.slice(0, 10)} ${time.slice(11, 16)} UTC`;

/**
 * `2025-11-08 15:00 UTC+3`: abbreviations are ambiguous (IST, CST), and `Intl` has none for most zones.
 * @throws RangeError when `Intl` does not know the zone
 */
export function createTimeFormatter(timeZone: string): (time: string) => string {
  const format = new Intl.DateTimeFormat('en', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'shortOffset',
  });
  if (format.resolvedOptions().timeZone === 'UTC') return formatUtc;

  // Cached: Intl takes longer than the rest of a message, and messages often share their minute.
  let latest = { minute: '', formatted: '' };
  return (time) => {
    const minute = time.slice(0, 16);
    if (latest.minute === minute) return latest.formatted;
    const parts = new Map(format.formatToParts(new Date(time)).map(({ type, value }) => [type, value]));
    const year = parts.get('year')?.padStart(4, '0');
    const zone = parts.get('timeZoneName')?.replace('GMT+0', 'UTC').replace('GMT', 'UTC');
    const formatted = `${year}-${parts.get('month')}-${parts.get('day')} ${parts.get('hour')}:${parts.get('minute')} ${zone}`;
    latest = { minute, formatted };
    return formatted;
  };
}
