import { hash } from 'node:crypto';
import type { DigestNotice, IncidentNotice } from '../engine/channel.ts';

/** What ties a message to its thread; every id with its angle brackets. */
export interface ThreadIds {
  messageId: string;
  /** The first message of the thread, for In-Reply-To and References; undefined when this one is the first. */
  root: string | undefined;
}

/**
 * Ids of a message about an incident: an attempt to send it again has the same, so that a mailbox which got it
 * after all can tell. An incident is one thread for each recipient, whose first message is that of its creation;
 * its id follows from incident and recipient alone, so the rest of the thread holds together without it too.
 * @param domain of the sender's address, ASCII
 */
export function threadIds(
  { deliveryId, recipient, incident, event }: IncidentNotice,
  domain: string,
): ThreadIds {
  // created_at keeps ids unique after the database is recreated.
  const thread = digestOf(`${incident.id} ${incident.created_at} ${recipient}`);
  const root = `<incident-${incident.id}.${thread}@${domain}>`;
  return event.kind === 'created'
    ? { messageId: root, root: undefined }
    : { messageId: `<incident-${incident.id}.${deliveryId}.${thread}@${domain}>`, root };
}

/** The id of a digest: the same for the same incidents, another when more have joined since the last attempt. */
export const digestMessageId = ({ deliveryIds, recipient }: DigestNotice, domain: string): string =>
  `<digest-${deliveryIds[0]}.${digestOf(`${deliveryIds.join(' ')} ${recipient}`)}@${domain}>`;

/** Short, so that the header stays on one line; a hash, so that forwarded mail does not name the address. */
const digestOf = (text: string) => hash('sha256', text, 'hex').slice(0, 16);
