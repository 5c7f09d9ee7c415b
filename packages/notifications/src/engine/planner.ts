import { createBatcher } from '@incidents/db/batcher';
import type { Db } from '@incidents/db/client';
import {
  type DeliveryPlan,
  planDeliveries,
  type StormPolicy,
  type WokenOutbox,
} from '@incidents/db/queries/delivery/plan-deliveries';
import type { ChannelName, ConfiguredChannel } from './channel.ts';

export type PlanEvent = (channel: ChannelName, eventId: number) => Promise<void>;

const MAX_EVENTS_PER_STATEMENT = 100;

/** Events of the same moment share one statement per channel. `onWoken`: outboxes with new deliveries. */
export function createPlanner(options: {
  db: Db['kysely'];
  channels: Record<ChannelName, ConfiguredChannel>;
  storm: StormPolicy;
  quietHours: () => DeliveryPlan['quietUntil'];
  onWoken: (channel: ChannelName, outboxes: WokenOutbox[]) => void;
}): PlanEvent {
  const { db, storm, channels } = options;
  const createChannelPlanner = (name: ChannelName) => {
    const { channel, recipients } = channels[name];
    return createBatcher<number, void>(
      async (takeBatch) => {
        const eventIds = takeBatch().map(({ item }) => item);
        const plan = {
          channel: name,
          transport: channel.transport,
          recipients,
          storm,
          quietUntil: options.quietHours(),
        };
        options.onWoken(name, await planDeliveries(db, eventIds, plan));
        return eventIds.map(() => undefined);
      },
      // One statement at a time: two would wait for the same outboxes.
      { concurrency: 1, maxItems: MAX_EVENTS_PER_STATEMENT },
    );
  };
  const planners = { email: createChannelPlanner('email'), telegram: createChannelPlanner('telegram') };
  return (channel, eventId) => planners[channel](eventId);
}
