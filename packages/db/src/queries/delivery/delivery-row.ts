import type { DeliveryTable } from '../../tables/delivery.ts';
import { isoTime } from '../iso-time.ts';

/** A delivery as it leaves the database; times are ISO 8601 in UTC. */
export interface DeliveryRow
  extends Pick<
    DeliveryTable,
    | 'event_id'
    | 'incident_id'
    | 'channel'
    | 'transport'
    | 'recipient'
    | 'state'
    | 'attempts'
    | 'provider_message_id'
    | 'last_error'
    | 'digest'
  > {
  id: number;
  next_attempt_at: string | null;
  sent_at: string | null;
  created_at: string;
  updated_at: string;
}

export const deliveryColumns = [
  'deliveries.id',
  'deliveries.event_id',
  'deliveries.incident_id',
  'deliveries.channel',
  'deliveries.transport',
  'deliveries.recipient',
  'deliveries.state',
  'deliveries.attempts',
  'deliveries.provider_message_id',
  'deliveries.last_error',
  'deliveries.digest',
  isoTime<string | null>('deliveries.next_attempt_at').as('next_attempt_at'),
  isoTime<string | null>('deliveries.sent_at').as('sent_at'),
  isoTime('deliveries.created_at').as('created_at'),
  isoTime('deliveries.updated_at').as('updated_at'),
] as const;
