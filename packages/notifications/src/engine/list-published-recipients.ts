import { CHANNEL_NAMES } from '@incidents/db/tables/channel';
import type { WorkerPoolTable } from '@incidents/db/tables/worker-pool';
import type { ChannelName, ConfiguredChannel } from './channel.ts';

export const listPublishedRecipients = (
  channels: Record<ChannelName, ConfiguredChannel>,
): WorkerPoolTable['recipients'] =>
  CHANNEL_NAMES.flatMap((name) => {
    const { channel, recipients } = channels[name];
    const distinct = recipients.filter(
      ({ recipient }, index) => recipients.findIndex((other) => other.recipient === recipient) === index,
    );
    return distinct.map(({ recipient, sources, severities }) => ({
      channel: name,
      transport: channel.transport,
      recipient,
      sources,
      severities: severities ?? null,
    }));
  });
