import type { Delivery } from '@incidents/contracts';
import type { DeliveryRow } from '@incidents/db/queries/delivery/delivery-row';

export const toDelivery = (row: DeliveryRow): Delivery => ({
  id: row.id,
  incident_id: row.incident_id,
  event_id: row.event_id,
  channel: row.channel,
  transport: row.transport,
  recipient: row.recipient,
  state: row.state,
  attempts: row.attempts,
  digest: row.digest,
  provider_message_id: row.provider_message_id,
  last_error: row.last_error,
  next_attempt_at: row.next_attempt_at,
  sent_at: row.sent_at,
  created_at: row.created_at,
  updated_at: row.updated_at,
});
