import { sendTelegramNotificationJob } from '@incidents/jobs/catalog';
import { defineTask } from './define-task.ts';

export const sendTelegramNotificationTask = defineTask(
  sendTelegramNotificationJob,
  ({ event_id }, { planEvent }) => planEvent('telegram', event_id),
);
