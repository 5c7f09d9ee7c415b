import { sendEmailNotification as job } from '@incidents/jobs/catalog';
import { defineTask } from './define-task.ts';

export const sendEmailNotification = defineTask(job, ({ event_id }, { planEvent }) =>
  planEvent('email', event_id),
);
