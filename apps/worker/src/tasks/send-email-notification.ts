import { sendEmailNotification as job } from '@incidents/jobs/catalog';
import { defineTask } from './define-task.ts';
import { notifyOfIncident } from './notify-of-incident.ts';

export const sendEmailNotification = defineTask(job, ({ incident_id }, run) =>
  notifyOfIncident(incident_id, 'email', run),
);
