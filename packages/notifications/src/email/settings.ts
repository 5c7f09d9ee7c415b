import * as z from 'zod';
import { createRecipientListSchema, type RecipientSyntax } from '../create-recipient-list-schema.ts';
import { isOneAddress } from './address.ts';
import { parseSender } from './sender.ts';
import { isSmtpUrl } from './smtp-url.ts';

/** `SMTP_URL`; see `isSmtpUrl`. Errors never show the value: it holds a password. */
export const SmtpUrl = z.string().refine(isSmtpUrl, {
  error:
    'it has to be smtp://host:port or smtps://host:port, with user:password@ before the host where the server wants it; special characters in them are percent-encoded',
});

/** `MAIL_FROM`: one address, or `Name <address>`. */
export const MailFrom = z.string().refine((value) => parseSender(value) !== undefined, {
  error: 'one address is expected: incidents@example.com, or Incidents <incidents@example.com>',
});

export const mailbox: RecipientSyntax = {
  // The local part may contain a question mark.
  findFilter: (entry) => entry.indexOf('?', entry.indexOf('@')),
  explainMistake: (address) =>
    isOneAddress(address) ? undefined : `${JSON.stringify(address)} is not one e-mail address`,
  entryName: 'address',
};

/** `MAIL_TO`: addresses without names, each with an optional filter. */
export const MailTo = createRecipientListSchema(mailbox);
