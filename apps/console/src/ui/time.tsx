import { language } from '../locale/language.ts';
import { createStore, useStore } from './create-store.ts';

const TICK_MS = 15_000;

/** Milliseconds since 1970, moving on a few times a minute, so that ages stay true. */
const clock = createStore(Date.now());
setInterval(() => clock.set(Date.now()), TICK_MS);

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** «5 мин.», without a direction. */
export function formatDuration(seconds: number, locale: string): string {
  const [unit, size] = UNITS.find(([, unitSeconds]) => seconds >= unitSeconds) ?? ['second', 1];
  return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'short' }).format(
    Math.max(0, Math.floor(seconds / size)),
  );
}

function formatDistance(at: number, now: number, locale: string): string {
  const seconds = (at - now) / 1000;
  const [unit, size] = UNITS.find(([, unitSeconds]) => Math.abs(seconds) >= unitSeconds) ?? ['second', 1];
  if (unit === 'second') return new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(0, 'second');
  return new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' }).format(
    Math.trunc(seconds / size),
    unit,
  );
}

export const formatTime = (at: string | number, locale: string): string =>
  new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' }).format(new Date(at));

/** How long ago, or until when; the exact time as a tooltip. */
export function Time({ at }: { at: string }) {
  const locale = useStore(language);
  const now = useStore(clock);
  return (
    <time dateTime={at} title={formatTime(at, locale)}>
      {formatDistance(Date.parse(at), now, locale)}
    </time>
  );
}

/** The age of a card: as short as possible. */
export function Age({ since }: { since: string }) {
  const locale = useStore(language);
  const now = useStore(clock);
  return (
    <time dateTime={since} title={formatTime(since, locale)}>
      {formatDuration((now - Date.parse(since)) / 1000, locale)}
    </time>
  );
}
