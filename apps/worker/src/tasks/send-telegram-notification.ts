import { sendTelegramNotification as job } from '@incidents/jobs/catalog';
import { defineTask } from './define-task.ts';

export const sendTelegramNotification = defineTask(job, ({ event_id }, { planEvent }) =>
  planEvent('telegram', event_id),
);
