import * as z from 'zod';
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

/** `MAIL_TO`: addresses separated by commas, without names → the addresses, each once. */
export const MailTo = z.string().transform((value, context) => {
  const addresses = new Set(
    value
      .split(',')
      .map((address) => address.trim())
      .filter((address) => address !== ''),
  );
  for (const address of addresses) {
    if (isOneAddress(address)) continue;
    context.addIssue({ code: 'custom', message: `${JSON.stringify(address)} is not one e-mail address` });
  }
  if (addresses.size === 0) {
    context.addIssue({ code: 'custom', message: 'at least one address is expected, separated by commas' });
  }
  return [...addresses];
});
