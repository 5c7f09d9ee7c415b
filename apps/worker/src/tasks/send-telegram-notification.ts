import { sendTelegramNotification as job } from '@incidents/jobs/catalog';
import { defineTask } from './define-task.ts';
import { plan } from './plan.ts';

export const sendTelegramNotification = defineTask(job, (event, run) => plan('telegram', event, run));
