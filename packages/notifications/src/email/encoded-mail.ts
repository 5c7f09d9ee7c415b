import { Readable } from 'node:stream';
import MimeNode, { type MimeNodeEnvelope, type MimeNodeHeaderMap } from 'nodemailer/lib/mime-node';

/** Base64 cannot contain it. */
const BOUNDARY = '--_incident';

/** A mail of a text and an HTML part. nodemailer encodes the headers; its streams of parts take twice the CPU. */
export class EncodedMail extends MimeNode {
  readonly #parts: string;
  readonly #envelope: MimeNodeEnvelope;

  constructor(
    envelope: { from: string; to: string[] },
    headers: MimeNodeHeaderMap,
    { text, html }: { text: string; html: string },
  ) {
    // Without `baseBoundary` nodemailer draws a random one.
    super(`multipart/alternative; boundary="${BOUNDARY}"`, { baseBoundary: BOUNDARY });
    this.setHeader(headers);
    this.#envelope = envelope;
    this.#parts = `--${BOUNDARY}\r\n${encodePart('plain', text)}--${BOUNDARY}\r\n${encodePart('html', html)}--${BOUNDARY}--\r\n`;
  }

  /** nodemailer would parse the addresses. */
  override getEnvelope(): MimeNodeEnvelope {
    return { ...this.#envelope };
  }

  /** May be called again, when the message moves to another connection. */
  override createReadStream(): Readable {
    const message = Buffer.from(`${this.buildHeaders()}\r\n\r\n${this.#parts}`);
    return new Readable({
      read() {
        this.push(message);
        this.push(null);
      },
    });
  }
}

/** Base64 makes Cyrillic half as long as quoted-printable. */
const encodePart = (subtype: 'plain' | 'html', text: string) =>
  `Content-Type: text/${subtype}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n${splitLines(
    Buffer.from(text.replace(/\r?\n/g, '\r\n')).toString('base64'),
  )}`;

/** Characters per line, the maximum of RFC 2045. */
const MAX_LINE_LENGTH = 76;

function splitLines(base64: string): string {
  let lines = '';
  // A loop takes a third of the time of a regular expression.
  for (let begin = 0; begin < base64.length; begin += MAX_LINE_LENGTH) {
    lines += `${base64.slice(begin, begin + MAX_LINE_LENGTH)}\r\n`;
  }
  return lines;
}
