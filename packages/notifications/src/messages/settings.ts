import * as z from 'zod';
import { createTimeFormat } from './time-format.ts';

/** `TIMEZONE`: an IANA name that `Intl` knows. */
export const TimeZone = z.string().refine(isTimeZone, {
  error: 'the IANA name of a time zone is expected: UTC, Europe/Moscow, Asia/Yekaterinburg',
});

/** UTF-16 code units: each incident of a digest has a link, and 49 of them still fit into a call of the Bot API. */
const MAX_PUBLIC_URL_LENGTH = 200;

/** `PUBLIC_URL`: where people reach the service, also below a path → the same without a slash at its end. */
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
    createTimeFormat(name);
    return true;
  } catch {
    return false;
  }
}
