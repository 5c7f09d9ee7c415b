/**
 * Whether `value` names a mail server: `smtp://host` (STARTTLS when the server offers it) or `smtps://host` (TLS
 * from the start), with or without a port, and either both a user and a password or neither. What stands behind a
 * `?` goes to nodemailer as options: `requireTLS=true`, `tls.rejectUnauthorized=false`, `maxConnections=2`.
 */
export function isSmtpUrl(value: string): boolean {
  const url = URL.parse(value);
  if (url === null) return false;
  return (
    (url.protocol === 'smtp:' || url.protocol === 'smtps:') &&
    url.hostname !== '' &&
    url.port !== '0' &&
    (url.pathname === '' || url.pathname === '/') &&
    url.hash === '' &&
    (url.username === '') === (url.password === '') &&
    [url.username, url.password].every(isPercentEncoded)
  );
}

/**
 * User and password of an SMTP_URL in every spelling that a server may repeat in its reply: plain, as in the URL,
 * and as the AUTH commands spell them. Longest first.
 */
export function secretsOf(smtpUrl: string): string[] {
  const url = new URL(smtpUrl);
  if (url.username === '') return [];
  const [user, password] = [url.username, url.password].map(decodeURIComponent);
  return [
    ...[url.username, url.password, user, password, `\0${user}\0${password}`].filter(
      (text) => text !== undefined,
    ),
    ...[user, password, `\0${user}\0${password}`].map((text) => Buffer.from(text ?? '').toString('base64')),
  ].sort((one, other) => other.length - one.length);
}

function isPercentEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
