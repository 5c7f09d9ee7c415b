import { sendEmailNotificationJob } from '@incidents/jobs/catalog';
import { defineTask } from './define-task.ts';

export const sendEmailNotificationTask = defineTask(sendEmailNotificationJob, ({ event_id }, { planEvent }) =>
  planEvent('email', event_id),
);
