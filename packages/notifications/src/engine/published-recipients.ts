import type { WorkerPoolTable } from '@incidents/db/tables/worker-pool';
import type { ChannelName, ConfiguredChannel } from './channel.ts';

/** The recipients of every channel, as a worker publishes them. */
export const publishedRecipients = (
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
