import { hash } from 'node:crypto';
import type { DigestNotice, IncidentNotice } from '../engine/channel.ts';

export interface ThreadIds {
  messageId: string;
  /** For In-Reply-To and References; undefined for the first message of the thread. */
  root: string | undefined;
}

/**
 * Each attempt has the same id, so a mailbox can detect a duplicate. `domain`: of the sender, in ASCII.
 * The root depends on incident and recipient alone, so the thread needs no mail about the creation.
 */
export function createThreadIds(
  { deliveryId, recipient, incident, event }: IncidentNotice,
  domain: string,
): ThreadIds {
  // created_at keeps ids unique after the database was recreated.
  const thread = toShortHash(`${incident.id} ${incident.created_at} ${recipient}`);
  const root = `<incident-${incident.id}.${thread}@${domain}>`;
  return event.kind === 'created'
    ? { messageId: root, root: undefined }
    : { messageId: `<incident-${incident.id}.${deliveryId}.${thread}@${domain}>`, root };
}

/** Creates the id of a digest. It depends on the deliveries, which a later attempt may have more of. */
export const createDigestMessageId = ({ deliveryIds, recipient }: DigestNotice, domain: string): string =>
  `<digest-${deliveryIds[0]}.${toShortHash(`${deliveryIds.join(' ')} ${recipient}`)}@${domain}>`;

/** Short: the header stays on one line. A hash: forwarded mail must not show the address. */
const toShortHash = (text: string) => hash('sha256', text, 'hex').slice(0, 16);
