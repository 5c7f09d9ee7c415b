import { sendTelegramNotification as job } from '@incidents/jobs/catalog';
import { defineTask } from './define-task.ts';
import { notifyOfIncident } from './notify-of-incident.ts';

export const sendTelegramNotification = defineTask(job, ({ incident_id }, run) =>
  notifyOfIncident(incident_id, 'telegram', run),
);
