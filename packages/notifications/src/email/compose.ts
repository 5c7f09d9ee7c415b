import type { DigestNotice, IncidentNotice } from '@incidents/core/delivery/channel';
import type { SendMailOptions } from 'nodemailer';
import type { Messages } from '../messages/messages.ts';
import { plainDigest, plainText } from '../messages/plain-text.ts';
import { renderDigestHtml } from './digest-html.ts';
import { renderIncidentHtml } from './incident-html.ts';
import { digestMessageId, threadIds } from './message-id.ts';
import { cut, oneLine } from './one-line.ts';
import { paragraphs } from './paragraphs.ts';

/** UTF-16 code units: what lists of messages show is far shorter, what servers take is longer. */
const LONGEST_SUBJECT = 150;
const LONGEST_DIGEST_LINE = 300;

/** A message without the people it goes between. */
export type Composed = Pick<SendMailOptions, 'subject' | 'inReplyTo' | 'references' | 'headers'> & {
  messageId: string;
  text: string;
  html: string;
};

/** Nobody is to answer it from a holiday: RFC 3834, and what Exchange heeds instead. */
const AUTOMATIC = { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' };

/**
 * The message about an incident.
 * @param domain of the sender's address, ASCII
 */
export function composeNotice(notice: IncidentNotice, messages: Messages, domain: string): Composed {
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
  const subject = cut(oneLine(messages.subject(readable.incident)), LONGEST_SUBJECT);
  return {
    messageId,
    ...(root === undefined ? { subject } : { subject: `Re: ${subject}`, inReplyTo: root, references: root }),
    headers: { ...AUTOMATIC, 'X-Incident-Id': String(incident.id) },
    text: `${plainText(readable, messages)}\n`,
    html: renderIncidentHtml(readable, messages),
  };
}

/**
 * The message that names many incidents.
 * @param domain of the sender's address, ASCII
 */
export function composeDigest(notice: DigestNotice, messages: Messages, domain: string): Composed {
  const entries = notice.entries.map((entry) => ({
    ...entry,
    text: cut(oneLine(entry.text), LONGEST_DIGEST_LINE),
    status: oneLine(entry.status),
    source: oneLine(entry.source),
  }));
  return {
    messageId: digestMessageId(notice, domain),
    subject: messages.digestHeading(entries.length),
    headers: AUTOMATIC,
    text: `${plainDigest(entries, messages)}\n`,
    html: renderDigestHtml(entries, messages),
  };
}
