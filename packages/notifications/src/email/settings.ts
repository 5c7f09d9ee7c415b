import * as z from 'zod';
import { recipientList } from '../recipient-list.ts';
import { isOneAddress } from './address.ts';
import { parseSender } from './sender.ts';
import { isSmtpUrl } from './smtp-url.ts';

/** `SMTP_URL`; see `isSmtpUrl`. What is wrong is never shown: it holds a password. */
export const SmtpUrl = z.string().refine(isSmtpUrl, {
  error:
    'it has to be smtp://host:port or smtps://host:port, with user:password@ before the host where the server wants it; special characters in them are percent-encoded',
});

/** `MAIL_FROM`: one address, or `Name <address>`. */
export const MailFrom = z.string().refine((value) => parseSender(value) !== undefined, {
  error: 'one address is expected: incidents@example.com, or Incidents <incidents@example.com>',
});

/** `MAIL_TO`: addresses without names, each with an optional filter as `recipientList` reads it. */
export const MailTo = recipientList({
  // The part before the @ may hold a question mark of its own.
  filterAt: (entry) => entry.indexOf('?', entry.indexOf('@')),
  findMistake: (address) =>
    isOneAddress(address) ? undefined : `${JSON.stringify(address)} is not one e-mail address`,
  one: 'address',
});
