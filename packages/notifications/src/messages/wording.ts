import type { Messages } from './messages.ts';
import { messagesOf } from './messages-of.ts';
import { createTimeFormat } from './time-format.ts';

export interface WordingSettings {
  locale: keyof typeof messagesOf;
  /** An IANA name. */
  timeZone: string;
  /** Without a slash at its end, as `PublicUrl` returns it. */
  publicUrl?: string | undefined;
}

/** How every channel words its messages: the language, the time zone, and the pages that messages link to. */
export interface Wording {
  messages: Messages;
  /** @param time ISO 8601 in UTC */
  formatTime(time: string): string;
  /** The address of an incident's page, percent-encoded; undefined without `PUBLIC_URL`. */
  incidentUrl(id: number): string | undefined;
}

/** @throws RangeError when `Intl` does not know the time zone */
export const createWording = ({ locale, timeZone, publicUrl }: WordingSettings): Wording => ({
  messages: messagesOf[locale],
  formatTime: createTimeFormat(timeZone),
  incidentUrl: (id) => (publicUrl === undefined ? undefined : `${publicUrl}/incidents/${id}`),
});
