/** `smtp://host` (STARTTLS when offered) or `smtps://host` (TLS), with options of nodemailer in the query. */
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

/** User and password in every encoding that a server may repeat, longest first. */
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
