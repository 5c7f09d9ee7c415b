import { planDeliveries } from '@incidents/core/delivery/plan-deliveries';
import { sendEmailNotification as job } from '@incidents/jobs/catalog';
import { defineTask } from './define-task.ts';

export const sendEmailNotification = defineTask(
  job,
  ({ incident_id, event_id }, { context, channels: { email }, storm }) =>
    planDeliveries(
      context,
      { incidentId: incident_id, eventId: event_id },
      { name: 'email', transport: email.channel.transport, recipients: email.recipients },
      storm,
    ),
);
