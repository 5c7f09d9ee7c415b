import type { JobName } from '@incidents/jobs/catalog';
import type { Task, TaskList } from 'graphile-worker';
import type { Dependencies } from './define-task.ts';
import { deliver } from './deliver.ts';
import { pruneJobRuns } from './prune-job-runs.ts';
import { sendDigest } from './send-digest.ts';
import { sendEmailNotification } from './send-email-notification.ts';
import { sendTelegramNotification } from './send-telegram-notification.ts';
import { updateIncidentStatistics } from './update-incident-statistics.ts';

const tasks = {
  send_email_notification: sendEmailNotification,
  send_telegram_notification: sendTelegramNotification,
  update_incident_statistics: updateIncidentStatistics,
  deliver,
  send_digest: sendDigest,
  prune_job_runs: pruneJobRuns,
} satisfies Record<JobName, (dependencies: Dependencies) => Task>;

/** The task of every job in the catalog, as the queue's runner takes them. */
export const createTasks = (dependencies: Dependencies): TaskList =>
  Object.fromEntries(Object.entries(tasks).map(([name, create]) => [name, create(dependencies)]));
