import type { ClaimedDelivery } from '@incidents/db/queries/delivery/claim-deliveries';
import type { EventKind } from '@incidents/db/tables/incident-event';
import type { Channel, DigestEntry } from './channel.ts';

/** One message to send, and the deliveries that it covers, in the order of their events. */
export type OutgoingMessage =
  | { kind: 'incident'; key: string; deliveries: ClaimedDelivery[] }
  | { kind: 'digest'; key: 'digest'; deliveries: ClaimedDelivery[]; entries: DigestEntry[] };

export interface MessagePlan {
  messages: OutgoingMessage[];
  /** Deliveries that a full digest leaves to the next one. */
  postponed: ClaimedDelivery[];
  obsolete: ClaimedDelivery[];
}

export function toMessages(deliveries: ClaimedDelivery[], channel: Channel): MessagePlan {
  const [current, obsolete] = [deliveries.filter(isCurrent), deliveries.filter((one) => !isCurrent(one))];
  if (!current.some(({ digest }) => digest)) {
    const messages = channel.mergesEvents
      ? [...Map.groupBy(current, toIncidentKey).values()].map(toIncidentMessage)
      : current.map((delivery) => toIncidentMessage([delivery]));
    return { messages, postponed: [], obsolete };
  }
  // The digest shows the present state, so it also covers single messages about its incidents.
  const incidents = [...Map.groupBy(current, toIncidentKey).values()];
  const entries = incidents.map(toEntry);
  const fitting = Math.max(1, channel.countFittingEntries(entries));
  const covered = new Set(incidents.slice(0, fitting).flat());
  return {
    messages: [
      {
        kind: 'digest',
        key: 'digest',
        deliveries: current.filter((delivery) => covered.has(delivery)),
        entries: entries.slice(0, fitting),
      },
    ],
    postponed: current.filter((delivery) => !covered.has(delivery)),
    obsolete,
  };
}

/** Deletions and retention may leave a delivery alone. */
const isCurrent = ({ incident, event_kind }: ClaimedDelivery) => incident !== null && event_kind !== null;

const toIncidentMessage = (deliveries: ClaimedDelivery[]): OutgoingMessage => ({
  kind: 'incident',
  key: deliveries[0] === undefined ? '' : toIncidentKey(deliveries[0]),
  deliveries,
});

const toIncidentKey = ({ incident_id, recipient }: ClaimedDelivery) => `${incident_id} ${recipient}`;

function selectEntryKind(deliveries: ClaimedDelivery[]): EventKind {
  const kinds = deliveries.flatMap(({ event_kind }) => event_kind ?? []);
  if (kinds.includes('escalated') && deliveries[0]?.incident?.status === 'новый') return 'escalated';
  return kinds.includes('created') ? 'created' : (kinds.at(-1) ?? 'updated');
}

function toEntry(deliveries: ClaimedDelivery[]): DigestEntry {
  const [{ incident_id, incident }] = deliveries as [ClaimedDelivery];
  return {
    id: incident_id,
    kind: selectEntryKind(deliveries),
    text: incident?.text ?? '',
    status: incident?.status ?? '',
    source: incident?.source ?? '',
    created_at: incident?.created_at ?? '',
    severity: incident?.severity ?? '',
    bot: incident?.bot ?? null,
    assignee: incident?.assignee ?? null,
    occurrences: incident?.occurrences ?? 1,
  };
}
