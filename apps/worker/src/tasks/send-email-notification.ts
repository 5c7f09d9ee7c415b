import { sendEmailNotification as job } from '@incidents/jobs/catalog';
import { defineTask } from './define-task.ts';
import { plan } from './plan.ts';

export const sendEmailNotification = defineTask(job, (event, run) => plan('email', event, run));
