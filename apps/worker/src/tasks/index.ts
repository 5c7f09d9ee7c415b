import type { JobName } from '@incidents/jobs/catalog';
import type { Task, TaskList } from 'graphile-worker';
import { adoptDelivery, adoptDigest } from './adopt-deliveries.ts';
import type { Dependencies } from './define-task.ts';
import { pruneJobRuns } from './prune-job-runs.ts';
import { sendEmailNotification } from './send-email-notification.ts';
import { sendTelegramNotification } from './send-telegram-notification.ts';
import { testRecipient } from './test-recipient.ts';
import { updateIncidentStatistics } from './update-incident-statistics.ts';

const tasks = {
  send_email_notification: sendEmailNotification,
  send_telegram_notification: sendTelegramNotification,
  update_incident_statistics: updateIncidentStatistics,
  deliver: adoptDelivery,
  send_digest: adoptDigest,
  prune_job_runs: pruneJobRuns,
  test_recipient: testRecipient,
} satisfies Record<JobName, (dependencies: Dependencies) => Task>;

/** The task of every job in the catalog, as the queue's runner takes them. */
export const createTasks = (dependencies: Dependencies): TaskList =>
  Object.fromEntries(Object.entries(tasks).map(([name, create]) => [name, create(dependencies)]));
