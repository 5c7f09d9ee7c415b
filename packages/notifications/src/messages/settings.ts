import * as z from 'zod';
import { createTimeFormatter } from './create-time-formatter.ts';

/** `TIMEZONE`: an IANA name that `Intl` knows. */
export const TimeZone = z.string().refine(isTimeZone, {
  error: 'the IANA name of a time zone is expected: UTC, Europe/Moscow, Asia/Yekaterinburg',
});

/** UTF-16 code units. 49 links of a digest still fit into one call of the Bot API. */
const MAX_PUBLIC_URL_LENGTH = 200;

/** `PUBLIC_URL`: the public address of the service → the same without a trailing slash. */
export const PublicUrl = z.string().transform((value, context) => {
  const url = URL.parse(value);
  const isPublicUrl =
    url !== null &&
    (url.protocol === 'http:' || url.protocol === 'https:') &&
    url.username === '' &&
    url.password === '' &&
    !/[?#]/.test(value) &&
    url.href.length <= MAX_PUBLIC_URL_LENGTH;
  if (!isPublicUrl) {
    context.addIssue({
      code: 'custom',
      message: `it has to be http://host or https://host, with a port and a path where there is one, without user, query and fragment, at most ${MAX_PUBLIC_URL_LENGTH} characters: https://ops.example.com/service`,
    });
    return z.NEVER;
  }
  return url.href.replace(/\/+$/, '');
});

function isTimeZone(name: string): boolean {
  try {
    createTimeFormatter(name);
    return true;
  } catch {
    return false;
  }
}
