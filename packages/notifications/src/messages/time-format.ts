/** `2025-11-08T12:00:00.000Z` → `2025-11-08 12:00 UTC`. */
const formatUtc = (time: string) => `${time.slice(0, 10)} ${time.slice(11, 16)} UTC`;

/**
 * A function that writes times of ISO 8601 in UTC (`2025-11-08T12:00:00.000Z`) for people: in UTC as
 * `2025-11-08 12:00 UTC`, elsewhere with the offset of that day, `2025-11-08 15:00 UTC+3`. Abbreviations such as
 * IST or CST name several zones each, and `Intl` knows none for most zones.
 * @param timeZone an IANA name
 * @throws RangeError when `Intl` does not know the zone
 */
export function createTimeFormat(timeZone: string): (time: string) => string {
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

  // Messages of one moment share their minute, and Intl takes longer than all the rest of a message.
  let latest = { minute: '', written: '' };
  return (time) => {
    const minute = time.slice(0, 16);
    if (latest.minute === minute) return latest.written;
    const parts = new Map(format.formatToParts(new Date(time)).map(({ type, value }) => [type, value]));
    const year = parts.get('year')?.padStart(4, '0');
    const zone = parts.get('timeZoneName')?.replace('GMT+0', 'UTC').replace('GMT', 'UTC');
    const written = `${year}-${parts.get('month')}-${parts.get('day')} ${parts.get('hour')}:${parts.get('minute')} ${zone}`;
    latest = { minute, written };
    return written;
  };
}
