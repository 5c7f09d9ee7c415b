/** nodemailer's streams take twice the CPU. Base64 makes Cyrillic half as long as quoted-printable. */
export const encodeTextPart = (subtype: 'plain' | 'html', text: string): { raw: string } => ({
  raw: [
    `Content-Type: text/${subtype}; charset=utf-8`,
    'Content-Transfer-Encoding: base64',
    '',
    splitLines(Buffer.from(text.replace(/\r?\n/g, '\r\n')).toString('base64')),
  ].join('\r\n'),
});

/** 76 characters per line, the maximum of RFC 2045. */
const splitLines = (base64: string) => base64.replace(/.{76}/g, '$&\r\n');
