import { createBatcher } from '@incidents/db/batcher';
import type { Db } from '@incidents/db/client';
import { planDeliveries, type StormPolicy, type WokenOutbox } from '@incidents/db/queries/plan-deliveries';
import type { ChannelName, ConfiguredChannel } from './channel.ts';

/** Plans the deliveries of one event over one channel. */
export type PlanNotifications = (channel: ChannelName, eventId: number) => Promise<void>;

/** Events that one statement plans. */
const MAX_EVENTS = 100;

/**
 * Plans events that come at the same moment in one statement per channel.
 * @param onWoken the outboxes that have something new
 */
export function createPlanner(options: {
  db: Db['kysely'];
  channels: Record<ChannelName, ConfiguredChannel>;
  storm: StormPolicy;
  onWoken: (channel: ChannelName, outboxes: WokenOutbox[]) => void;
}): PlanNotifications {
  const { db, storm, channels } = options;
  const plannerOf = (name: ChannelName) => {
    const { channel, recipients } = channels[name];
    return createBatcher<number, void>(
      async (takeBatch) => {
        const eventIds = takeBatch().map(({ item }) => item);
        const plan = { channel: name, transport: channel.transport, recipients, storm };
        options.onWoken(name, await planDeliveries(db, eventIds, plan));
        return eventIds.map(() => undefined);
      },
      // One statement at a time: two would wait for the same outboxes.
      { concurrency: 1, maxItems: MAX_EVENTS },
    );
  };
  const planners = { email: plannerOf('email'), telegram: plannerOf('telegram') };
  return (channel, eventId) => planners[channel](eventId);
}
