import { planDeliveries } from '@incidents/core/delivery/plan-deliveries';
import { sendTelegramNotification as job } from '@incidents/jobs/catalog';
import { defineTask } from './define-task.ts';

export const sendTelegramNotification = defineTask(
  job,
  ({ incident_id, event_id }, { context, channels: { telegram }, storm }) =>
    planDeliveries(
      context,
      { incidentId: incident_id, eventId: event_id },
      { name: 'telegram', transport: telegram.channel.transport, recipients: telegram.recipients },
      storm,
    ),
);
