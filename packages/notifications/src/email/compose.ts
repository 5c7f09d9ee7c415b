import type { SendMailOptions } from 'nodemailer';
import type { DigestNotice, IncidentNotice } from '../engine/channel.ts';
import { cut, oneLine } from '../messages/one-line.ts';
import { plainDigest, plainText } from '../messages/plain-text.ts';
import type { Wording } from '../messages/wording.ts';
import { renderDigestHtml } from './digest-html.ts';
import { renderIncidentHtml } from './incident-html.ts';
import { digestMessageId, threadIds } from './message-id.ts';
import { paragraphs } from './paragraphs.ts';

/** UTF-16 code units. Mail clients show fewer; servers accept more. */
const MAX_SUBJECT_LENGTH = 150;
const MAX_DIGEST_TEXT_LENGTH = 300;

/** A message without its sender and recipient. */
export type Composed = Pick<SendMailOptions, 'subject' | 'inReplyTo' | 'references' | 'headers'> & {
  messageId: string;
  text: string;
  html: string;
};

/** Holiday notices must not answer: RFC 3834, and the header that Exchange heeds instead. */
export const AUTOMATIC = { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' };

/**
 * The message about an incident.
 * @param domain of the sender's address, ASCII
 */
export function composeNotice(notice: IncidentNotice, wording: Wording, domain: string): Composed {
  const { incident } = notice;
  const readable = {
    ...notice,
    incident: {
      ...incident,
      text: oneLine(incident.text),
      status: oneLine(incident.status),
      source: oneLine(incident.source),
      description: paragraphs(incident.description),
    },
  };
  const { messageId, root } = threadIds(notice, domain);
  const subject = cut(oneLine(wording.messages.subject(readable.incident)), MAX_SUBJECT_LENGTH);
  return {
    messageId,
    ...(root === undefined ? { subject } : { subject: `Re: ${subject}`, inReplyTo: root, references: root }),
    headers: { ...AUTOMATIC, 'X-Incident-Id': String(incident.id) },
    text: `${plainText(readable, wording)}\n`,
    html: renderIncidentHtml(readable, wording),
  };
}

/**
 * The message that names many incidents.
 * @param domain of the sender's address, ASCII
 */
export function composeDigest(notice: DigestNotice, wording: Wording, domain: string): Composed {
  const entries = notice.entries.map((entry) => ({
    ...entry,
    text: cut(oneLine(entry.text), MAX_DIGEST_TEXT_LENGTH),
    status: oneLine(entry.status),
    source: oneLine(entry.source),
  }));
  return {
    messageId: digestMessageId(notice, domain),
    subject: wording.messages.digestHeading(entries.length),
    headers: AUTOMATIC,
    text: `${plainDigest(entries, wording)}\n`,
    html: renderDigestHtml(entries, wording),
  };
}
