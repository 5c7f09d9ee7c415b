/**
 * Whether `value` is `smtp://host` (STARTTLS when the server offers it) or `smtps://host` (TLS from the start). Port
 * and credentials are optional. The query has options of nodemailer: `requireTLS=true`, `maxConnections=2`.
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
 * Lists user and password of an SMTP_URL in every encoding that a server may repeat: plain, as in the URL, and of the
 * AUTH commands. Longest first.
 */
export function listSecrets(smtpUrl: string): string[] {
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
