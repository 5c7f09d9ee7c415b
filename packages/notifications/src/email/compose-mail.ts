import type { MimeNodeHeaderMap } from 'nodemailer/lib/mime-node';
import type { DigestNotice, IncidentNotice } from '../engine/channel.ts';
import { isUrgent } from '../messages/alarm-mark.ts';
import { formatDigestHeading } from '../messages/format-digest-heading.ts';
import { formatDigestText, formatIncidentText } from '../messages/plain-text.ts';
import { toOneLine } from '../messages/to-one-line.ts';
import { truncateText } from '../messages/truncate-text.ts';
import type { Wording } from '../messages/wording.ts';
import { renderDigestHtml } from './digest-html.ts';
import { renderIncidentHtml } from './incident-html.ts';
import { createDigestMessageId, createThreadIds } from './message-id.ts';
import { normalizeLineBreaks } from './normalize-line-breaks.ts';

/** UTF-16 code units. Mail clients show fewer, servers accept more. */
const MAX_SUBJECT_LENGTH = 150;
const MAX_DIGEST_TEXT_LENGTH = 300;

export interface ComposedMail {
  messageId: string;
  /** Except addresses and Message-ID. */
  headers: MimeNodeHeaderMap;
  text: string;
  html: string;
}

/** Suppresses automatic replies: RFC 3834, and the header of Exchange. */
export const AUTOMATIC_HEADERS = { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' };

/** The last two are for mail clients that do not know `Importance`. */
const URGENT_HEADERS = { Importance: 'High', 'X-Priority': '1 (Highest)', 'X-MSMail-Priority': 'High' };

export function composeIncidentMail(notice: IncidentNotice, wording: Wording, domain: string): ComposedMail {
  const { incident } = notice;
  const cleaned = {
    ...notice,
    incident: {
      ...incident,
      text: toOneLine(incident.text),
      status: toOneLine(incident.status),
      source: toOneLine(incident.source),
      assignee: incident.assignee && toOneLine(incident.assignee),
      description: normalizeLineBreaks(incident.description),
    },
  };
  const { messageId, root } = createThreadIds(notice, domain);
  const subject = truncateText(toOneLine(wording.messages.subject(cleaned.incident)), MAX_SUBJECT_LENGTH);
  return {
    messageId,
    headers: {
      ...(root === undefined
        ? { Subject: subject }
        : { Subject: `Re: ${subject}`, 'In-Reply-To': root, References: root }),
      ...AUTOMATIC_HEADERS,
      'X-Incident-Id': String(incident.id),
      ...(isUrgent(incident, notice.event) && URGENT_HEADERS),
    },
    text: `${formatIncidentText(cleaned, wording)}\n`,
    html: renderIncidentHtml(cleaned, wording),
  };
}

export function composeDigestMail(notice: DigestNotice, wording: Wording, domain: string): ComposedMail {
  const entries = notice.entries.map((entry) => ({
    ...entry,
    text: truncateText(toOneLine(entry.text), MAX_DIGEST_TEXT_LENGTH),
    status: toOneLine(entry.status),
    source: toOneLine(entry.source),
    assignee: entry.assignee && toOneLine(entry.assignee),
  }));
  return {
    messageId: createDigestMessageId(notice, domain),
    headers: {
      Subject: formatDigestHeading(entries, wording.messages),
      ...AUTOMATIC_HEADERS,
      ...(entries.some((entry) => isUrgent(entry, entry)) && URGENT_HEADERS),
    },
    text: `${formatDigestText(entries, wording)}\n`,
    html: renderDigestHtml(entries, wording),
  };
}
