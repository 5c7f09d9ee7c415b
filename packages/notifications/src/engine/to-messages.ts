import type { TakenDelivery } from '@incidents/db/queries/take-deliveries';
import type { Channel, DigestEntry } from './channel.ts';

/** One message to send, and the deliveries that it tells. */
export type Message =
  | { kind: 'incident'; deliveries: TakenDelivery[] }
  | { kind: 'digest'; deliveries: TakenDelivery[]; entries: DigestEntry[] };

/** The messages that taken deliveries of one outbox make. */
export interface MessagePlan {
  /** In the order in which they leave. */
  messages: Message[];
  /** Deliveries of a digest that was full. */
  postponed: TakenDelivery[];
  /** Deliveries about incidents that no longer exist. */
  obsolete: TakenDelivery[];
}

/** Makes messages of taken deliveries, which are in the order of their events. */
export function toMessages(deliveries: TakenDelivery[], channel: Channel): MessagePlan {
  const obsolete = deliveries.filter(({ incident }) => incident === null);
  const current = deliveries.filter(({ incident }) => incident !== null);
  const gathered = current.filter(({ digest }) => digest);
  if (gathered.length === 0) {
    const messages = channel.mergesEvents
      ? [...Map.groupBy(current, messageKey).values()].map((group) => incidentMessage(group))
      : current.map((delivery) => incidentMessage([delivery]));
    return { messages, postponed: [], obsolete };
  }
  const entries = gathered.map(toEntry);
  const fitting = Math.max(1, channel.fitDigest(entries));
  const told = new Set(gathered.slice(0, fitting).map(messageKey));
  // A later event of an incident in the digest is told by it too: the digest shows the present state.
  return {
    messages: [
      {
        kind: 'digest',
        deliveries: current.filter((delivery) => told.has(messageKey(delivery))),
        entries: entries.slice(0, fitting),
      },
    ],
    postponed: current.filter((delivery) => !told.has(messageKey(delivery))),
    obsolete,
  };
}

const incidentMessage = (deliveries: TakenDelivery[]): Message => ({ kind: 'incident', deliveries });

const messageKey = ({ incident_id, recipient }: TakenDelivery) => `${incident_id} ${recipient}`;

const toEntry = ({ incident_id, incident }: TakenDelivery): DigestEntry => ({
  id: incident_id,
  text: incident?.text ?? '',
  status: incident?.status ?? '',
  source: incident?.source ?? '',
  created_at: incident?.created_at ?? '',
});
