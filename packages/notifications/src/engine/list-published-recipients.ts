import type { WorkerPoolTable } from '@incidents/db/tables/worker-pool';
import type { ChannelName, ConfiguredChannel } from './channel.ts';

export const listPublishedRecipients = (
  channels: Record<ChannelName, ConfiguredChannel>,
): WorkerPoolTable['recipients'] =>
  (['email', 'telegram'] as const).flatMap((name) => {
    const { channel, recipients } = channels[name];
    return recipients.map(({ recipient, sources }) => ({
      channel: name,
      transport: channel.transport,
      recipient,
      sources,
    }));
  });
