import { createTimeFormatter } from './create-time-formatter.ts';
import type { Messages } from './messages.ts';
import { messagesByLocale } from './messages-by-locale.ts';

export interface WordingSettings {
  locale: keyof typeof messagesByLocale;
  timeZone: string;
  /** Without a trailing slash, as `PublicUrl` returns it. */
  publicUrl?: string | undefined;
}

export interface Wording {
  messages: Messages;
  formatTime(time: string): string;
  /** The page of an incident, percent-encoded; undefined without `PUBLIC_URL`. */
  incidentUrl(id: number): string | undefined;
}

/** @throws RangeError when `Intl` does not know the time zone */
export const createWording = ({ locale, timeZone, publicUrl }: WordingSettings): Wording => ({
  messages: messagesByLocale[locale],
  formatTime: createTimeFormatter(timeZone),
  incidentUrl: (id) => (publicUrl === undefined ? undefined : `${publicUrl}/incidents/${id}`),
});
