import type { ChannelName } from '@incidents/core/delivery/channel';
import { planDeliveries } from '@incidents/core/delivery/plan-deliveries';
import { createLanes } from '@incidents/notifications/lanes';
import type { Run } from './define-task.ts';

/**
 * Planners of a channel wait for one another in the database, each with a connection and a transaction. Within a
 * process they do it here instead, or a storm would leave no connection to those who send.
 */
const planners = createLanes(1);

/** Plans the deliveries of an event over a channel. */
export const plan = (
  channel: ChannelName,
  event: { incident_id: number; event_id: number },
  { context, channels, storm }: Run,
): Promise<void> =>
  planners.run(channel, () =>
    planDeliveries(
      context,
      { incidentId: event.incident_id, eventId: event.event_id },
      {
        name: channel,
        transport: channels[channel].channel.transport,
        recipients: channels[channel].recipients,
      },
      storm,
    ),
  );
