import { storableMessage } from '@incidents/core/storable-message';
import type { ClaimedDelivery } from '@incidents/db/queries/delivery/claim-deliveries';
import type { Channel, SendResult } from './channel.ts';
import type { OutgoingMessage } from './to-messages.ts';

/** Sends one message. A thrown error becomes `retry`, with a text that PostgreSQL can store. */
export async function trySend(
  message: OutgoingMessage,
  channel: Channel,
  signal: AbortSignal,
): Promise<SendResult> {
  try {
    const result = await sendMessage(message, channel, signal);
    return 'error' in result ? { ...result, error: storableMessage(result.error) } : result;
  } catch (error) {
    return { kind: 'retry', error: storableMessage(error) };
  }
}

/** Whether its message has to be a new one: an edited one causes no notification on the phone. */
const isAlarm = ({ event_kind, changes }: ClaimedDelivery): boolean =>
  event_kind === 'occurred_again' || event_kind === 'escalated' || changes.severity?.to === 'critical';

function sendMessage(message: OutgoingMessage, channel: Channel, signal: AbortSignal): Promise<SendResult> {
  const { deliveries } = message;
  // The last event: a merged message shows the present state.
  const last = deliveries.at(-1) as ClaimedDelivery;
  const { recipient } = last;
  if (message.kind === 'digest') {
    const deliveryIds = deliveries.filter(({ digest }) => digest).map(({ id }) => id);
    return channel.sendDigest({ deliveryIds, recipient, entries: message.entries }, signal);
  }
  const { id, incident_id, event_id, event_kind, changes, actor, incident, previous_message_id } = last;
  if (incident === null || event_kind === null) throw new Error('a message about no incident or no event');
  return channel.send(
    {
      deliveryId: id,
      recipient,
      incident: { id: incident_id, ...incident },
      event: { id: event_id, kind: event_kind, changes, actor },
      previousMessageId: deliveries.some(isAlarm) ? null : previous_message_id,
    },
    signal,
  );
}
