import type { Channel, IncidentNotice, NotifiedIncident } from '../../engine/channel.ts';

export const never = new AbortController().signal;

/** Limits so high that no test waits for them. */
export const HIGH_LIMITS = { chatPerSecond: 500, groupPerMinute: 30_000, totalPerSecond: 500 };

let deliveries = 0;

export const createNotice = (
  incident: NotifiedIncident,
  recipient = '100',
  previousMessageId: string | null = null,
): IncidentNotice => ({
  deliveryId: ++deliveries,
  recipient,
  incident,
  event: {
    id: 1,
    kind: previousMessageId === null ? 'created' : 'updated',
    changes: {},
    actor: 'anonymous',
  },
  previousMessageId,
});

export const send = (channel: Channel, incident: NotifiedIncident, recipient?: string) =>
  channel.send(createNotice(incident, recipient), never);

export const edit = (channel: Channel, incident: NotifiedIncident, messageId: string, recipient?: string) =>
  channel.send(createNotice({ ...incident, status: 'закрыт' }, recipient, messageId), never);

export async function sendForId(
  channel: Channel,
  incident: NotifiedIncident,
  recipient?: string,
): Promise<string> {
  const result = await send(channel, incident, recipient);
  if (result.kind !== 'sent' || result.providerMessageId === null)
    throw new Error('the message was not sent');
  return result.providerMessageId;
}
