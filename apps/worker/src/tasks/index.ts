import type { JobName } from '@incidents/jobs/catalog';
import type { Task, TaskList } from 'graphile-worker';
import type { Dependencies } from './define-task.ts';
import { deliverTask } from './deliver.ts';
import { pruneIncidentsTask } from './prune-incidents.ts';
import { pruneJobRunsTask } from './prune-job-runs.ts';
import { sendDigestTask } from './send-digest.ts';
import { sendEmailNotificationTask } from './send-email-notification.ts';
import { sendTelegramNotificationTask } from './send-telegram-notification.ts';
import { testRecipientTask } from './test-recipient.ts';
import { updateIncidentStatisticsTask } from './update-incident-statistics.ts';

const tasks = {
  send_email_notification: sendEmailNotificationTask,
  send_telegram_notification: sendTelegramNotificationTask,
  update_incident_statistics: updateIncidentStatisticsTask,
  deliver: deliverTask,
  send_digest: sendDigestTask,
  prune_job_runs: pruneJobRunsTask,
  prune_incidents: pruneIncidentsTask,
  test_recipient: testRecipientTask,
} satisfies Record<JobName, (dependencies: Dependencies) => Task>;

export const createTasks = (dependencies: Dependencies): TaskList =>
  Object.fromEntries(Object.entries(tasks).map(([name, create]) => [name, create(dependencies)]));
